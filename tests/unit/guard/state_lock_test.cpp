// SPDX-License-Identifier: GPL-3.0-or-later
// The state folder is made, and held by one.
#include "guard/state_lock.h"

#include <QTest>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

using namespace mainstay;
using namespace mainstay::guard;

namespace {

Result<StateLock> acquire(const std::string &folder, Milliseconds patience, std::string *said = nullptr)
{
    return StateLock::acquire(folder, std::nullopt, patience, [said](const std::string &text) {
        if (said)
            *said = text;
    });
}

} // namespace

class StateLockTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_folder = std::make_unique<QTemporaryDir>();
        m_path = m_folder->path().toStdString();
    }

    void theHolderIsNamed()
    {
        const auto first = acquire(m_path, Seconds(5));
        QVERIFY(first.has_value());
        const auto start = SteadyClock::now();
        const auto second = acquire(m_path, Seconds(5));
        QVERIFY(SteadyClock::now() - start < Seconds(2));
        QCOMPARE(second.error().code, std::string("state.locked"));
        QVERIFY(second.error().message.find("process id " + std::to_string(::getpid())) != std::string::npos);
    }

    void itIsFreeAfterwards()
    {
        QVERIFY(acquire(m_path, {}).has_value());
        QVERIFY(acquire(m_path, {}).has_value());
    }

    // The guard is dead, but the core it left behind holds a copy of the lock.
    void theCoreOfADeadGuardIsWaitedFor()
    {
        std::string said;
        handover::Descriptor copy;
        {
            const auto first = acquire(m_path, {});
            copy.reset(::dup(first->descriptor()));
        }
        QFile file(QString::fromStdString(m_path + "/lock"));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write("2147483647\n"); // no process has this id
        file.close();
        QCOMPARE(acquire(m_path, Milliseconds(100), &said).error().code, std::string("state.locked"));
        QVERIFY(said.find("waiting") != std::string::npos);

        std::thread core([&copy] {
            std::this_thread::sleep_for(Milliseconds(150));
            copy.reset();
        });
        QVERIFY(acquire(m_path, Seconds(10)).has_value());
        core.join();
    }

    // Nothing can be made there, by root either; what is there can be served all the same.
    void aFolderThatCannotBeWritten()
    {
        {
            const auto lock = acquire("/proc/self", {});
            QVERIFY2(lock.has_value(), lock ? "" : lock.error().text().c_str());
            QCOMPARE(acquire("/proc/self", {}).error().code, std::string("state.locked"));
        }
        const auto none = acquire(m_path + "/none", {});
        QCOMPARE(none.error().code, std::string("state.not-readable"));
        QVERIFY(none.error().text().find(m_path + "/none") != std::string::npos);
    }

    // As of one that found the folder unwritable, which it is no more.
    void theFolderItselfIsHeld()
    {
        {
            const handover::Descriptor folder(::open(m_path.c_str(), O_RDONLY | O_DIRECTORY));
            QCOMPARE(::flock(folder.number(), LOCK_EX), 0);
            QCOMPARE(acquire(m_path, {}).error().code, std::string("state.locked"));
        }
        QVERIFY(acquire(m_path, {}).has_value());
    }

    void nothingIsFollowed()
    {
        const std::string other = m_path + "/other";
        QFile file(QString::fromStdString(other));
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("as it was") > 0);
        file.close();
        QVERIFY(file.link(QString::fromStdString(m_path + "/lock")));
        const auto lock = acquire(m_path, {});
        QVERIFY(lock.has_value());
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), QByteArray("as it was"));
        QCOMPARE(acquire(m_path, {}).error().code, std::string("state.locked"));
    }

    void foldersAreMadeWithTheirMode()
    {
        const std::string path = m_path + "/state";
        QVERIFY(prepareFolder(path, 0750, std::nullopt, "--state").has_value());
        QVERIFY(prepareFolder(path, 0750, std::nullopt, "--state").has_value());
        struct stat info {};
        QCOMPARE(::stat(path.c_str(), &info), 0);
        QCOMPARE(info.st_mode & 07777, 0750U);
        const auto deep = prepareFolder(m_path + "/a/b", 0750, std::nullopt, "--state");
        QVERIFY(deep.error().text().find("--state DIR") != std::string::npos);
        QCOMPARE(prepareFolder("/dev/null", 0750, std::nullopt, "--state").error().code,
                 std::string("folder.not-a-folder"));
    }

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::string m_path;
};

QTEST_APPLESS_MAIN(StateLockTest)
#include "state_lock_test.moc"
