// SPDX-License-Identifier: GPL-3.0-or-later
// A log read as it grows, is cut, is rotated, is gone.
#include "logs/followed_file.h"
#include "logs/tail_file.h"

#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <fstream>

using mainstay::logs::FollowedFile;
using Lines = std::vector<std::string>;

namespace {

constexpr std::size_t kPlenty = 1000;

void append(const std::string &path, const std::string &text)
{
    std::ofstream(path, std::ios::app | std::ios::binary) << text;
}

} // namespace

class FollowedFileTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_path = m_folder->filePath(QStringLiteral("access.log")).toStdString();
    }
    void givesWholeLinesAsTheyCome();
    void beginsWhereTheTailEnded();
    void goesOnAfterARotation();
    void startsAgainWhenTheFileIsCut();
    void waitsForAFileThatIsGone();
    void givesMuchInPortions();
    void cutsALineThatNeverEnds();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::string m_path;
};

void FollowedFileTest::givesWholeLinesAsTheyCome()
{
    append(m_path, "");
    FollowedFile file(m_path, 0);
    QCOMPARE(file.newLines(kPlenty), Lines());
    append(m_path, "one\ntw");
    QCOMPARE(file.newLines(kPlenty), Lines({"one"}));
    QCOMPARE(file.newLines(kPlenty), Lines());
    append(m_path, "o\n\nthree\n");
    QCOMPARE(file.newLines(kPlenty), Lines({"two", "", "three"}));
}

void FollowedFileTest::beginsWhereTheTailEnded()
{
    append(m_path, "one\ntwo\nunfin");
    const auto tail = mainstay::logs::tailFile(m_path, 1, kPlenty);
    QCOMPARE(tail->lines, Lines({"two"}));
    FollowedFile file(m_path, tail->end);
    append(m_path, "ished\n");
    QCOMPARE(file.newLines(kPlenty), Lines({"unfinished"}));
}

void FollowedFileTest::goesOnAfterARotation()
{
    append(m_path, "old\n");
    FollowedFile file(m_path, 4);
    QCOMPARE(file.newLines(kPlenty), Lines());
    std::filesystem::rename(m_path, m_path + ".1");
    append(m_path + ".1", "last of the old\n"); // by a writer that has not opened the new file yet
    append(m_path, "first of the new\n");
    Lines seen;
    for (int look = 0; look < 3; ++look) {
        for (std::string &line : file.newLines(kPlenty))
            seen.push_back(std::move(line));
    }
    QCOMPARE(seen, Lines({"last of the old", "first of the new"}));
}

void FollowedFileTest::startsAgainWhenTheFileIsCut()
{
    append(m_path, "one\ntwo\n");
    FollowedFile file(m_path, 8);
    std::filesystem::resize_file(m_path, 0);
    append(m_path, "new\n");
    QCOMPARE(file.newLines(kPlenty), Lines({"new"}));
}

void FollowedFileTest::waitsForAFileThatIsGone()
{
    FollowedFile file(m_path, 0);
    QCOMPARE(file.newLines(kPlenty), Lines());
    append(m_path, "here\n");
    QCOMPARE(file.newLines(kPlenty), Lines({"here"}));
}

void FollowedFileTest::givesMuchInPortions()
{
    append(m_path, "one\ntwo\nthree\n");
    FollowedFile file(m_path, 0);
    QCOMPARE(file.newLines(10), Lines({"one", "two"}));
    QCOMPARE(file.newLines(10), Lines({"three"}));
}

void FollowedFileTest::cutsALineThatNeverEnds()
{
    append(m_path, std::string(25, 'x'));
    FollowedFile file(m_path, 0);
    QCOMPARE(file.newLines(10), Lines({std::string(10, 'x')}));
    QCOMPARE(file.newLines(10), Lines({std::string(10, 'x')}));
    append(m_path, "\n");
    QCOMPARE(file.newLines(10), Lines({"xxxxx"}));
}

QTEST_APPLESS_MAIN(FollowedFileTest)
#include "followed_file_test.moc"
