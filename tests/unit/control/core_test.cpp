// SPDX-License-Identifier: GPL-3.0-or-later
// The core as its clients see it: over the management socket, from a first start with mistakes to what is served.
#include "control/core.h"

#include "control_fixture.h"
#include "rpc/client.h"
#include "rpc/methods.h"

#include <sys/stat.h>

using namespace mainstay;
using namespace mainstay::control;
namespace fs = std::filesystem;

namespace {

const std::string kSite = "[listener.web]\naddress = [\"127.0.0.1:0\"]\n"
                          "[site.a]\nhosts = [\"a.test\"]\n[[site.a.route]]\nroot = \"www\"\n";

} // namespace

class CoreTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folders = std::make_unique<tests::Folders>();
        fs::create_directories(m_folders->root / "run");
        fs::create_directories(m_folders->state());
        tests::write(m_folders->config() / "www/index.html", "hello");
        tests::write(m_folders->main(), kSite);
    }
    void cleanup()
    {
        m_client.reset();
        m_core.reset();
    }

    // Not a crash loop: the service is there to say what is wrong and to take what repairs it.
    void firstStartWithMistakes()
    {
        tests::write(m_folders->main(), kSite + "[service]\nwrokers = 1\n");
        start();
        const rpc::Status status = call(rpc::GetStatus{}).value();
        QVERIFY(status.state == rpc::ServiceState::serving);
        QCOMPARE(status.revision, std::uint64_t(0));
        QVERIFY(status.sites.empty() && status.listeners.empty());
        const Problem *problem = tests::find(status.problems, "config.unknown-setting");
        QVERIFY(problem);
        QCOMPARE(problem->source.text(), m_folders->main().string() + ":8");
        QCOMPARE(problem->remedy, std::string("did you mean `workers`?"));

        tests::write(m_folders->main(), kSite);
        const rpc::ConfigApplied applied = call(rpc::ApplyConfig{}).value();
        QVERIFY2(applied.applied, tests::textOf(applied.problems).c_str());
        QCOMPARE(applied.revision, std::uint64_t(1));
        QCOMPARE(tests::get(port()), QByteArray("hello"));
        QVERIFY(call(rpc::GetStatus{}).value().problems.empty());
    }

    void diffShowsWhatIsWrongOnDisk()
    {
        start();
        tests::write(m_folders->main(), kSite + "[backend.app.server.a]\naddress = \"127.0.0.1:1\"\nwieght = 1\n"
                                                "[service]\nworkers = 7\n");
        rpc::ConfigDiff diff = call(rpc::DiffConfig{}).value();
        const auto has = [&diff](const std::string &path) {
            return std::any_of(diff.changes.begin(), diff.changes.end(),
                               [&](const schema::ObjectChange &change) { return change.path == path; });
        };
        QVERIFY(has("service") && has("backend.app.server.a"));
        QCOMPARE(diff.problems.size(), std::size_t(2));
        QCOMPARE(diff.problems[0].source.text(), m_folders->main().string() + ":9");
        QCOMPARE(diff.problems[1].code, std::string("config.needs-restart"));
        QCOMPARE(diff.problems[1].path, std::string("service.workers"));

        tests::write(m_folders->main(), kSite);
        diff = call(rpc::DiffConfig{}).value();
        QVERIFY(diff.changes.empty() && diff.problems.empty());
    }

    void applySaysWhatNeedsARestart()
    {
        start();
        tests::write(m_folders->main(), kSite + "[service]\nworkers = 7\n");
        const rpc::ConfigApplied applied = call(rpc::ApplyConfig{}).value();
        QVERIFY(applied.applied);
        QCOMPARE(applied.problems.size(), std::size_t(1));
        QCOMPARE(applied.problems[0].path, std::string("service.workers"));
        QVERIFY(applied.problems[0].severity == Severity::warning);
        QVERIFY(tests::find(call(rpc::GetStatus{}).value().problems, "config.needs-restart"));
        // And after one it is in force.
        cleanup();
        start();
        QVERIFY(call(rpc::GetStatus{}).value().problems.empty());
    }

    void statusTellsOfAnAuditLogThatCannotBeWritten()
    {
        start();
        QVERIFY(call(rpc::ApplyConfig{}).value().applied);
        const fs::path log = m_folders->state() / AuditLog::kFileName;
        QVERIFY(tests::contents(log).find("config.apply") != std::string::npos);
        fs::remove(log);
        fs::create_directory(log);
        QVERIFY(call(rpc::ApplyConfig{}).value().applied); // not refused for it
        const rpc::Status status = call(rpc::GetStatus{}).value();
        const Problem *problem = tests::find(status.problems, "audit.unwritable");
        QVERIFY(problem && problem->message.find(log.string()) != std::string::npos);
        fs::remove(log);
        QVERIFY(call(rpc::ApplyConfig{}).value().applied);
        QVERIFY(call(rpc::GetStatus{}).value().problems.empty());
    }

    void statusTellsOfFilesThatDrifted()
    {
        tests::write(m_folders->config() / "conf.d/b.toml", "");
        start();
        fs::remove(m_folders->config() / "conf.d/b.toml");
        fs::create_symlink("nowhere", m_folders->config() / "conf.d/b.toml");
        const rpc::Status status = call(rpc::GetStatus{}).value();
        QCOMPARE(status.drift.size(), std::size_t(1));
        QVERIFY(status.drift[0].change == rpc::FileChange::unreadable);
    }

    void statusNamesWhatIsSetAside()
    {
        tests::write(m_folders->main(), kSite + "[listener.dns]\naddress = [\"127.0.0.1:0\"]\nprotocol = \"dns\"\n"
                                                "[zone.\"a.test\"]\nfile = \"no.zone\"\n");
        start();
        const rpc::Status status = call(rpc::GetStatus{}).value();
        QCOMPARE(status.revision, std::uint64_t(1));
        QCOMPARE(status.zones.size(), std::size_t(1));
        QVERIFY(!status.zones[0].loaded);
        QCOMPARE(status.zones[0].problems.size(), std::size_t(1));
        QCOMPARE(tests::get(port()), QByteArray("hello"));
    }

    // A server taken out by hand stays out over a restart.
    void overridesSurviveARestart()
    {
        tests::write(m_folders->main(), kSite + "[backend.app.server.a]\naddress = \"127.0.0.1:1\"\n");
        start();
        rpc::SetServerState drain;
        drain.backend = "app";
        drain.server = "a";
        drain.state = config::ServerState::drain;
        QVERIFY(call(drain).value().overrideState == config::ServerState::drain);
        drain.server = "b";
        QCOMPARE(call(drain).error().code, std::string("server.unknown"));
        cleanup();
        start();
        const rpc::Status status = call(rpc::GetStatus{}).value();
        QVERIFY(status.backends.at(0).servers.at(0).state() == config::ServerState::drain);
    }

    void newerStateIsNoGround()
    {
        tests::write(m_folders->state() / "version", "99\n");
        Core core({m_folders->config(), m_folders->state(), m_folders->root / "run"}, std::nullopt);
        const auto started = core.start();
        QVERIFY(!started);
        QCOMPARE(started.error().code, std::string("state.newer"));
    }

private:
    void start()
    {
        m_core = std::make_unique<Core>(CoreFolders{m_folders->config(), m_folders->state(), m_folders->root / "run"},
                                        std::nullopt);
        const auto started = m_core->start();
        if (!started)
            qFatal("%s", started.error().text().c_str());
        m_client = std::make_unique<rpc::Client>();
        m_client->open(QString::fromStdString((m_folders->root / "run/control.sock").string()));
        const bool serves = QTest::qWaitFor(
            [this] { return call(rpc::GetStatus{}).value().state == rpc::ServiceState::serving; }, tests::kPatience);
        if (!serves)
            qFatal("the core does not start to serve");
    }

    template <rpc::Method M>
    Result<typename M::Result> call(const M &request)
    {
        std::optional<Result<typename M::Result>> answer;
        m_client->call(request, this, [&answer](Result<typename M::Result> result) { answer = std::move(result); });
        if (!QTest::qWaitFor([&answer] { return answer.has_value(); }, tests::kPatience))
            qFatal("no answer");
        return *answer;
    }

    std::uint16_t port()
    {
        const rpc::Status status = call(rpc::GetStatus{}).value();
        for (const rpc::ListenerStatus &listener : status.listeners)
            if (listener.name == "web" && listener.bound)
                return Endpoint::parse(listener.address).value().port;
        return 0;
    }

    std::unique_ptr<tests::Folders> m_folders;
    std::unique_ptr<Core> m_core;
    std::unique_ptr<rpc::Client> m_client;
};

QTEST_GUILESS_MAIN(CoreTest)
#include "core_test.moc"
