// SPDX-License-Identifier: GPL-3.0-or-later
// What was set by hand is stored before it is in force, and found again after a restart.
#include "control/server_overrides.h"

#include "control_fixture.h"

using namespace mainstay;
using namespace mainstay::control;
namespace fs = std::filesystem;

class ServerOverridesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folders = std::make_unique<tests::Folders>();
        fs::create_directories(m_folders->state());
    }

    void nothingAtFirst()
    {
        ServerOverrides overrides(m_folders->state());
        QVERIFY(overrides.load().empty());
        QVERIFY(overrides.find(kA).isEmpty());
    }

    void foundAfterARestart()
    {
        for (const auto &state : enumerators(config::ServerState{})) {
            ServerOverrides overrides(m_folders->state());
            QVERIFY(overrides.load().empty());
            QVERIFY(overrides.set(kA, {state.value, {}}));
            QVERIFY(overrides.set(kB, {{}, 256}));
            ServerOverrides again(m_folders->state());
            QVERIFY(again.load().empty());
            QVERIFY(again.find(kA) == (ServerOverride{state.value, {}}));
            QVERIFY(again.find(kB) == (ServerOverride{{}, 256}));
        }
        ServerOverrides overrides(m_folders->state());
        QVERIFY(overrides.load().empty());
        QVERIFY(overrides.set(kA, {}));
        ServerOverrides again(m_folders->state());
        QVERIFY(again.load().empty());
        QVERIFY(again.find(kA).isEmpty() && !again.find(kB).isEmpty());
        QVERIFY((fs::status(file()).permissions() & fs::perms(077)) == fs::perms::none);
    }

    void notStoredIsNotInForce()
    {
        ServerOverrides overrides(m_folders->state());
        QVERIFY(overrides.set(kA, {config::ServerState::drain, {}}));
        fs::rename(m_folders->state(), m_folders->root / "aside");
        tests::write(m_folders->state(), "in the way");
        const auto failed = overrides.set(kA, {config::ServerState::ready, {}});
        QVERIFY(!failed);
        QCOMPARE(failed.error().code, std::string("file.unwritable"));
        QVERIFY(overrides.find(kA).state == config::ServerState::drain);
    }

    void damagedIsKeptAsideAndTold()
    {
        for (const char *text : {"", "{}", "[", "not json"}) {
            tests::write(file(), text);
            ServerOverrides overrides(m_folders->state());
            const Problems problems = overrides.load();
            QCOMPARE(problems.size(), std::size_t(1));
            QCOMPARE(problems[0].code, std::string("overrides.damaged"));
            QCOMPARE(problems[0].source.file, file().string());
            QCOMPARE(tests::contents(file().string() + ".damaged"), std::string(text));
            QVERIFY(overrides.set(kA, {config::ServerState::drain, {}}));
            QVERIFY(overrides.find(kA).state == config::ServerState::drain);
        }
    }

    void whatMakesNoSenseIsLeftOut()
    {
        tests::write(file(), R"([{"backend": "app", "server": "a", "state": "gone", "weight": 300}, 3,
                                 {"backend": "app", "server": "b", "state": "maint", "weight": 0}])");
        ServerOverrides overrides(m_folders->state());
        QVERIFY(overrides.load().empty());
        QVERIFY(overrides.find(kA).isEmpty());
        QVERIFY(overrides.find(kB) == (ServerOverride{config::ServerState::maint, {}}));
    }

private:
    [[nodiscard]] fs::path file() const { return m_folders->state() / "overrides.json"; }

    const ServerOverrides::Key kA{"app", "a"};
    const ServerOverrides::Key kB{"app", "b"};
    std::unique_ptr<tests::Folders> m_folders;
};

QTEST_GUILESS_MAIN(ServerOverridesTest)
#include "server_overrides_test.moc"
