// SPDX-License-Identifier: GPL-3.0-or-later
// The state folder is made, and held by one.
#include "guard/state_lock.h"

#include <QTest>

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

    void aFolderThatCannotBeWritten()
    {
        const auto lock = acquire("/proc", {});
        QCOMPARE(lock.error().code, std::string("state.not-writable"));
        QVERIFY(lock.error().text().find("/proc/lock") != std::string::npos);
    }

    void nothingIsFollowed()
    {
        QVERIFY(QFile::link(QStringLiteral("/etc/passwd"), QString::fromStdString(m_path + "/lock")));
        QCOMPARE(acquire(m_path, {}).error().code, std::string("state.not-writable"));
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
