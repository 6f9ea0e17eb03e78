// SPDX-License-Identifier: GPL-3.0-or-later
// A file that is replaced is whole at every moment.
#include "certificates/whole_file.h"

#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <random>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mainstay;
using namespace mainstay::certificates;
namespace fs = std::filesystem;

class WholeFileTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void writesAndReads();
    void modeIgnoresTheUmask();
    void wholeAfterAKill();
};

void WholeFileTest::writesAndReads()
{
    const QTemporaryDir folder;
    const fs::path file = fs::path(folder.path().toStdString()) / "a.pem";
    for (const std::string text : {"first", "", "second"}) {
        QVERIFY(writeWholeFile(file, text, Readers::ownerAlone).has_value());
        QCOMPARE(std::string(readFile(file).value().view()), text);
    }
    QVERIFY(!fs::exists(file.string() + ".new"));
    const auto lost = writeWholeFile(file / "b", "text", Readers::ownerAlone);
    QVERIFY(!lost);
    QCOMPARE(lost.error().code, std::string("file.unwritable"));
}

void WholeFileTest::modeIgnoresTheUmask()
{
    const QTemporaryDir folder;
    const fs::path file = fs::path(folder.path().toStdString()) / "a.pem";
    for (const mode_t mask : {0000U, 0077U}) {
        const mode_t before = ::umask(mask);
        const bool written = writeWholeFile(file, "text", Readers::everyone).has_value();
        struct stat status = {};
        ::stat(file.c_str(), &status);
        ::umask(before);
        QVERIFY(written);
        QCOMPARE(status.st_mode & 07777U, 0644U);
        QVERIFY(isWorldReadable(file));
    }
}

void WholeFileTest::wholeAfterAKill()
{
    const std::string texts[] = {std::string(500'000, 'a'), std::string(700'000, 'b')};
    const QTemporaryDir folder;
    const fs::path place = folder.path().toStdString();
    const fs::path file = place / "a.pem";
    QVERIFY(writeWholeFile(file, texts[0], Readers::ownerAlone).has_value());
    std::mt19937 random(7);
    for (int round = 0; round < 40; ++round) {
        const pid_t pid = ::fork();
        QVERIFY(pid >= 0);
        if (pid == 0) {
            for (std::size_t turn = 0;; ++turn)
                if (const auto lock = FolderLock::acquire(place); lock)
                    (void)writeWholeFile(file, texts[turn % 2], Readers::ownerAlone);
        }
        ::usleep(std::uniform_int_distribution<unsigned>(1000, 9000)(random));
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
        const auto text = readFile(file);
        QVERIFY2(text.has_value(), text ? "" : text.error().text().c_str());
        QVERIFY2(text->view() == texts[0] || text->view() == texts[1],
                 qPrintable(QString::number(text->view().size())));
    }
    QVERIFY(FolderLock::acquire(place).has_value());
    QVERIFY(!fs::exists(file.string() + ".new"));
}

QTEST_APPLESS_MAIN(WholeFileTest)
#include "whole_file_test.moc"
