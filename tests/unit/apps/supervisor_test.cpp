// SPDX-License-Identifier: GPL-3.0-or-later
// What is started, and when, of the apps of a configuration; by a guard that only takes notes.
#include "apps/listener.h"
#include "apps/supervisor.h"

#include <QHostAddress>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace mainstay;
using namespace mainstay::apps;

namespace {

class NotedLauncher : public Launcher {
public:
    Result<> start(const InstanceIdentity &instance, const Launch &launch) override
    {
        started.push_back(instance);
        launches.push_back(launch);
        return {};
    }
    void stop(const InstanceIdentity &instance) override { stopped.push_back(instance); }
    void remember(const InstanceIdentity &instance) override { remembered.push_back(instance); }
    void rememberOutdated(const InstanceIdentity &instance) override { outdated.push_back(instance); }

    std::vector<InstanceIdentity> started;
    std::vector<Launch> launches;
    std::vector<InstanceIdentity> stopped;
    std::vector<InstanceIdentity> remembered;
    std::vector<InstanceIdentity> outdated;
};

handover::AppReport running(const InstanceIdentity &instance, bool wasReady = false)
{
    handover::AppReport report;
    report.name = instance.runName();
    report.label = instance.label();
    report.process = 4711;
    report.wasReady = wasReady ? 1 : 0;
    report.startedAt = 1;
    return report;
}

} // namespace

class SupervisorTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_launcher = {};
        m_reported = 0;
        m_waitsFor.clear();
        m_told.clear();
        m_asked.clear();
        m_configuration = {};
        m_configuration.apps["shop"].command = "shop";
        const std::filesystem::path folder = m_folder.path().toStdString();
        Supervisor::Doors doors{
            m_launcher,
            [](const InstanceIdentity &) { return 0; },
            [](const InstanceIdentity &, bool) {},
            [this](const config::AppConfig &) { return m_waitsFor; },
            [this](const InstanceIdentity &instance, std::function<void(std::string)> done) {
                m_asked[instance.run] = std::move(done);
            },
            [this](bool, const std::string &, const std::string &text) { m_told.push_back(text); },
        };
        m_supervisor =
            std::make_unique<Supervisor>(std::move(doors), Surroundings{folder, folder, folder, "mainstay-apphost"});
    }

    void onlyWhatHasChangedIsReplaced()
    {
        m_configuration.apps["other"].command = "other";
        m_supervisor->allReported();
        adopt();
        QCOMPARE(m_launcher.started.size(), std::size_t{2});
        allReady();
        m_configuration.apps["shop"].arguments = {"--new"};
        adopt();
        QCOMPARE(m_launcher.started.size(), std::size_t{3});
        QCOMPARE(m_launcher.started.back().app, std::string("shop"));
        allReady();
        // Its database is what it is started with, too.
        m_configuration.apps["other"].kind = config::AppKind::handlers;
        m_configuration.apps["other"].database.name = "main";
        m_configuration.databases["main"].file.path = "one.db";
        adopt();
        allReady();
        const std::size_t before = m_launcher.started.size();
        adopt();
        QCOMPARE(m_launcher.started.size(), before);
        m_configuration.databases["main"].file.path = "two.db";
        adopt();
        QCOMPARE(m_launcher.started.size(), before + 1);
        QCOMPARE(m_launcher.started.back().app, std::string("other"));
    }

    // A file of secrets is read when the configuration is another one and when something is started, and else never.
    void environmentFilesAreReadWhenSomethingChanges()
    {
        writeSecret("TOKEN=one");
        m_configuration.apps["shop"].environmentFile.path = secrets();
        m_supervisor->allReported();
        const auto same = adopt();
        allReady();
        writeSecret("TOKEN=two");
        m_supervisor->adopt(same);
        QCOMPARE(m_launcher.started.size(), std::size_t{1});
        adopt(); // an equal one, and not the same: somebody has applied it
        QCOMPARE(m_launcher.started.size(), std::size_t{2});
        QVERIFY(has(m_launcher.launches.back(), "TOKEN=two"));
        allReady();
        // What is started with another secret is another version, so that all come to have it.
        writeSecret("TOKEN=three");
        m_configuration.apps["shop"].instances = 2;
        const std::string before = m_supervisor->apps().at("shop").fingerprint;
        adopt();
        QVERIFY(m_supervisor->apps().at("shop").fingerprint != before);
        allReady();
        writeSecret("TOKEN=four");
        QVERIFY(m_supervisor->replace("shop").has_value());
        QVERIFY(has(m_launcher.launches.back(), "TOKEN=four"));
        QCOMPARE(m_launcher.started.back().fingerprint, m_supervisor->apps().at("shop").fingerprint);
    }

    void anAppThatComesBackIsLookedAtAnew()
    {
        m_supervisor->allReported();
        adopt();
        allReady();
        const config::AppConfig shop = m_configuration.apps["shop"];
        m_configuration.apps.clear();
        adopt();
        m_configuration.apps["shop"] = shop;
        m_configuration.apps["shop"].arguments = {"--new"};
        adopt();
        QCOMPARE(m_launcher.started.size(), std::size_t{2});
        QVERIFY(m_launcher.started[0].fingerprint != m_launcher.started[1].fingerprint);
    }

    // What has to come first comes first; what runs already goes on.
    void whatIsHeldBackIsStartedLater()
    {
        m_waitsFor = "waits for the migrations of database main";
        m_supervisor->allReported();
        adopt();
        QTest::qWait(250); // some of its ticks
        QVERIFY(m_launcher.started.empty());
        QCOMPARE(m_supervisor->apps().at("shop").waitsFor, m_waitsFor);
        QCOMPARE(m_told, std::vector<std::string>{m_waitsFor});
        m_waitsFor.clear();
        QTRY_COMPARE(m_launcher.started.size(), std::size_t{1});
        QVERIFY(m_supervisor->apps().at("shop").waitsFor.empty());
        allReady();

        m_waitsFor = "waits for the migrations of database main: disk full";
        m_configuration.apps["shop"].arguments = {"--new"};
        adopt();
        QTest::qWait(250);
        QCOMPARE(m_launcher.started.size(), std::size_t{1});
        QVERIFY(m_launcher.stopped.empty());
        QCOMPARE(m_supervisor->apps().at("shop").ready(), 1U);
        QCOMPARE(m_told.back(), m_waitsFor);
        // Taken back, it waits for nothing.
        m_configuration.apps["shop"].arguments = {};
        adopt();
        QVERIFY(m_supervisor->apps().at("shop").waitsFor.empty());
    }

    // The core that replaced one in the middle of a rollout does not take what never was ready for better than what is.
    void onlyWhatWasReadyIsTakenForReady()
    {
        InstanceIdentity old;
        old.app = "shop";
        old.address = Endpoint::parse("127.0.0.1:10001").value();
        InstanceIdentity late = old;
        late.run = 2;
        late.address = Endpoint::parse("127.0.0.1:10002").value();
        late.fingerprint = fingerprintOf("shop", m_configuration);
        m_configuration.apps["shop"].readyTimeout = Milliseconds(300);
        m_supervisor->take(running(old, true));
        m_supervisor->take(running(late));
        m_supervisor->allReported();
        adopt();
        QCOMPARE(m_supervisor->apps().at("shop").ready(), 1U);
        QTRY_COMPARE(m_launcher.stopped.size(), std::size_t{1});
        QCOMPARE(m_launcher.stopped[0].run, 2U);
        QVERIFY(m_supervisor->apps().at("shop").reason.find("was not ready") != std::string::npos);
        QCOMPARE(m_supervisor->apps().at("shop").ready(), 1U);
    }

    // Nor what is ending for what serves, which would then be one too many.
    void whatIsEndingIsNotTakenForReady()
    {
        InstanceIdentity old = taken(1);
        const InstanceIdentity next = taken(2);
        handover::AppReport ending = running(old, true);
        ending.phase = handover::AppPhase::ending;
        m_supervisor->take(ending);
        m_supervisor->take(running(next, true));
        m_supervisor->allReported();
        adopt();
        const Supervisor::App &shop = m_supervisor->apps().at("shop");
        QVERIFY(shop.instances[0].stage == Instance::Stage::stopping);
        QVERIFY(shop.instances[1].stage == Instance::Stage::ready);
        QVERIFY(m_launcher.started.empty() && m_launcher.stopped.empty());
    }

    // And goes on with a restart that has begun.
    void aRestartOutlivesTheCore()
    {
        m_configuration.apps["shop"].instances = 2;
        handover::AppReport old = running(taken(2), true);
        old.isOutdated = 1;
        m_supervisor->take(old);
        m_supervisor->take(running(taken(3), true));
        m_supervisor->allReported();
        adopt();
        QVERIFY(m_supervisor->apps().at("shop").isReplacing());
        QCOMPARE(m_launcher.started.size(), std::size_t{1});
        allReady();
        QTRY_COMPARE(m_launcher.stopped.size(), std::size_t{1});
        QCOMPARE(m_launcher.stopped[0].run, 2U);
        QVERIFY(m_launcher.outdated.empty());
        QVERIFY(m_supervisor->replace("shop").has_value());
        QCOMPARE(m_launcher.outdated.size(), std::size_t{2});
    }

    void whatCannotBeStartedAgainIsSaidAndGivenUp()
    {
        m_supervisor->allReported();
        adopt();
        allReady();
        handover::AppReport report = running(m_launcher.started[0]);
        report.phase = handover::AppPhase::waiting;
        report.process = 0;
        report.reason = "was ended by signal 9";
        m_supervisor->take(report);
        report.reason = "cannot start shop in /gone";
        report.restarts = 1;
        m_supervisor->take(report);
        QCOMPARE(m_supervisor->apps().at("shop").reason, std::string("instance 1.1: cannot start shop in /gone"));
        QVERIFY(m_launcher.stopped.empty());
        report.restarts = 5;
        m_supervisor->take(report);
        QCOMPARE(m_launcher.stopped.size(), std::size_t{1});
    }

    void whatIsReadyIsRemembered()
    {
        m_supervisor->allReported();
        adopt();
        QVERIFY(m_launcher.remembered.empty());
        allReady();
        QCOMPARE(m_launcher.remembered.size(), std::size_t{1});
        QCOMPARE(m_launcher.remembered[0].name(), m_launcher.started[0].name());
    }

    void whatHangsIsReplaced()
    {
        m_configuration.apps["shop"].readyTimeout = Milliseconds(300);
        m_supervisor->allReported();
        adopt();
        allReady();
        const InstanceIdentity hanging = m_launcher.started[0];
        m_supervisor->checked("shop", hanging.name(), false, "no answer in time");
        QTest::qWait(150);
        m_supervisor->checked("shop", hanging.name(), true, "status 200"); // it was only slow
        QTest::qWait(300);
        QVERIFY(m_launcher.stopped.empty());
        m_supervisor->checked("shop", hanging.name(), false, "no answer in time");
        QTRY_COMPARE(m_launcher.stopped.size(), std::size_t{1});
        QVERIFY(m_supervisor->apps().at("shop").reason.find("has not answered for") != std::string::npos);
        QTRY_COMPARE(m_launcher.started.size(), std::size_t{2});
    }

    // Nor does one that cannot reach its database take the place of one that can.
    void whatReachesItsDatabaseStays()
    {
        useDatabase("one.db");
        m_supervisor->allReported();
        adopt();
        allReady();
        QVERIFY(m_asked.empty()); // there is nothing to lose
        QCOMPARE(m_supervisor->apps().at("shop").ready(), 1U);
        useDatabase("two.db");
        adopt();
        allReady();
        QCOMPARE(m_supervisor->apps().at("shop").ready(), 1U);
        m_asked.at(2)("no such server");
        QVERIFY(m_supervisor->apps().at("shop").reason.empty()); // as long as it is not known of the other
        m_asked.at(1)("");
        const Supervisor::App &shop = m_supervisor->apps().at("shop");
        QCOMPARE(shop.ready(), 1U);
        QVERIFY(m_launcher.stopped.empty());
        QCOMPARE(shop.reason, std::string("instance 1.2 does not reach its database, as the one before does: no such "
                                          "server"));
        m_supervisor->checked("shop", "1.2", true, "status 200");
        QVERIFY(shop.instances[1].lastCheck.find("no such server") != std::string::npos);
        // Asked again after a while.
        m_asked.clear();
        QTest::qWait(1100);
        m_supervisor->checked("shop", "1.2", true, "status 200");
        m_asked.at(2)("");
        m_asked.at(1)("");
        QVERIFY(shop.reason.empty());
        QTRY_COMPARE(m_launcher.stopped.size(), std::size_t{1});
        QCOMPARE(m_launcher.stopped[0].run, 1U);
    }

    // A database that none of them reaches holds nothing up.
    void whatReachesNoMoreIsReplaced()
    {
        useDatabase("one.db");
        m_supervisor->allReported();
        adopt();
        allReady();
        QVERIFY(m_supervisor->replace("shop").has_value());
        allReady();
        m_asked.at(1)("it is away");
        m_asked.at(2)("it is away");
        QTRY_COMPARE(m_launcher.stopped.size(), std::size_t{1});
        QCOMPARE(m_launcher.stopped[0].run, 1U);
        QVERIFY(m_supervisor->apps().at("shop").reason.empty());
    }

    // Ready between two ends is not well.
    void whatKeepsEndingIsSaid()
    {
        m_supervisor->allReported();
        adopt();
        allReady();
        const Supervisor::App &shop = m_supervisor->apps().at("shop");
        for (std::uint32_t restarts = 1; restarts <= 3; ++restarts) {
            QVERIFY(shop.complaint().empty());
            handover::AppReport report = running(m_launcher.started[0]);
            report.process += restarts;
            report.restarts = restarts;
            report.reason = "exited with code 124";
            m_supervisor->take(report);
            m_supervisor->checked("shop", "1.1", true, "status 200");
        }
        QCOMPARE(shop.ready(), 1U);
        QCOMPARE(shop.complaint(),
                 std::string("ended 3 times in the last 10 minutes, the last time: exited with code 124"));
        m_configuration.apps["shop"].arguments = {"--mended"};
        adopt();
        QVERIFY(shop.complaint().empty());
    }

    void aListenerOfAnotherUserIsAStranger()
    {
        QTcpServer server;
        QVERIFY(server.listen(QHostAddress::LocalHost));
        const auto address = Endpoint::parse("127.0.0.1:" + std::to_string(server.serverPort())).value();
        QVERIFY(!hasStranger(address, ""));
        if (geteuid() != 0)
            QVERIFY(hasStranger(address, "root")); // to whom the listener belongs as little as the other way round
        server.close();
        QVERIFY(!hasStranger(address, "root"));
        QVERIFY(!hasStranger(UnixAddress{"/nowhere"}, ""));
    }

    // A port stays an instance's until that has ended, listening or not: all but one are taken, and that one is found.
    void noTwoInstancesGetTheSamePort()
    {
        const auto free = freeAddress(config::AppListen::port, "any/1.1", {}, {});
        QVERIFY(free.has_value());
        const std::uint16_t left = free->endpoint()->port;
        const auto another = freeAddress(config::AppListen::port, "any/1.1", {left}, {});
        QVERIFY(another.has_value() && another->endpoint()->port != left);
        std::map<std::uint16_t, InstanceIdentity> others;
        for (std::uint32_t port = 10'000; port < 65'536; ++port) {
            if (port == left)
                continue;
            InstanceIdentity other;
            other.app = "other" + std::to_string(port % 256);
            other.run = port;
            other.address = Endpoint::parse("127.0.0.1:" + std::to_string(port)).value();
            m_supervisor->take(running(other));
            others[static_cast<std::uint16_t>(port)] = other;
        }
        m_supervisor->allReported();
        adopt();
        QCOMPARE(m_launcher.started.size(), std::size_t{1});
        QCOMPARE(m_launcher.started[0].address.endpoint()->port, left);

        m_configuration.apps["late"].command = "late";
        adopt();
        QCOMPARE(m_launcher.started.size(), std::size_t{1});
        QVERIFY(m_supervisor->apps().at("late").reason.find("no port below") != std::string::npos);
        // And when one has ended, its port is for others.
        handover::AppReport ended = running(others.at(another->endpoint()->port));
        ended.phase = handover::AppPhase::ended;
        m_supervisor->take(ended);
        QTRY_COMPARE(m_launcher.started.size(), std::size_t{2});
        QCOMPARE(m_launcher.started[1].address.endpoint()->port, another->endpoint()->port);
    }

private:
    std::shared_ptr<const config::Configuration> adopt()
    {
        auto configuration = std::make_shared<const config::Configuration>(m_configuration);
        m_supervisor->adopt(configuration);
        return configuration;
    }
    void useDatabase(const std::string &file)
    {
        m_configuration.apps["shop"].kind = config::AppKind::handlers;
        m_configuration.apps["shop"].database.name = "main";
        m_configuration.databases["main"].file.path = file;
    }
    // One that an earlier core has started, as it is configured now.
    [[nodiscard]] InstanceIdentity taken(std::uint32_t run) const
    {
        InstanceIdentity identity;
        identity.app = "shop";
        identity.run = run;
        identity.address = Endpoint::parse("127.0.0.1:" + std::to_string(10'000 + run)).value();
        identity.fingerprint = fingerprintOf("shop", m_configuration);
        return identity;
    }
    // All that has been started runs and answers.
    void allReady()
    {
        for (std::size_t i = 0; i < m_launcher.started.size(); ++i) { // and it may be more with each
            const InstanceIdentity instance = m_launcher.started[i];
            if (i < m_reported)
                continue;
            ++m_reported;
            m_supervisor->take(running(instance));
            m_supervisor->checked(instance.app, instance.name(), true, "status 200");
        }
    }
    [[nodiscard]] std::string secrets() const { return m_folder.filePath(QStringLiteral("secrets")).toStdString(); }
    void writeSecret(const std::string &line)
    {
        std::ofstream(secrets()) << line << "\n";
        std::filesystem::permissions(secrets(),
                                     std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    }
    static bool has(const Launch &launch, const std::string &variable)
    {
        const auto &environment = launch.spec.environment;
        return std::find(environment.begin(), environment.end(), variable) != environment.end();
    }

    const QTemporaryDir m_folder;
    NotedLauncher m_launcher;
    config::Configuration m_configuration;
    std::unique_ptr<Supervisor> m_supervisor;
    std::size_t m_reported = 0;
    std::string m_waitsFor;
    std::vector<std::string> m_told;
    std::map<std::uint32_t, std::function<void(std::string)>> m_asked; // by the run
};

QTEST_GUILESS_MAIN(SupervisorTest)
#include "supervisor_test.moc"
