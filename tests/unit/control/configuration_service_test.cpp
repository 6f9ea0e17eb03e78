// SPDX-License-Identifier: GPL-3.0-or-later
// The life of a configuration with real workers and sockets: boot, apply, refusal, confirmation, going back, retries.
#include "control/configuration_service.h"

#include "control_fixture.h"
#include "handover/local_binder.h"

using namespace mainstay;
using namespace mainstay::control;
namespace fs = std::filesystem;

namespace {

const std::string kWeb = "[listener.web]\naddress = [\"127.0.0.1:0\"]\n";

// A site that serves the folder `name`, whose index.html says the name.
std::string site(const std::string &name)
{
    return kWeb + "[site.a]\nhosts = [\"a.test\"]\n[[site.a.route]]\nroot = \"" + name + "\"\n";
}

// What the core is made of, without its management socket.
class Service {
public:
    explicit Service(const tests::Folders &folders,
                     ConfigurationService::Pace pace = {Milliseconds(50), Milliseconds(60'000)})
        : store(ConfigStore::open(folders.both()).value()), overrides(folders.state()),
          publisher({cells, builder, workers.planes, overrides}),
          configuration({workers.background, store, publisher, sockets, events, {folders.state(), "test", false}, pace})
    {}

    bool boot()
    {
        bool done = false;
        configuration.boot(store.boot(), [&done] { done = true; });
        return QTest::qWaitFor([&done] { return done; }, tests::kPatience);
    }
    ConfigurationService::Reply replyTo(std::optional<ApplyOutcome> &outcome)
    {
        return [&outcome](ApplyOutcome what) { outcome = std::move(what); };
    }
    ApplyOutcome apply(std::optional<Seconds> confirm = {})
    {
        return waitFor([&](auto reply) { configuration.apply({"tester", "apply"}, confirm, reply); });
    }
    ApplyOutcome rollBack(RevisionNumber revision)
    {
        return waitFor([&](auto reply) { configuration.rollBack(revision, {"tester", "back"}, reply); });
    }
    std::uint16_t port(const std::string &listener = "web") const
    {
        const auto local = sockets.local({Plane::http, listener, *Endpoint::parse("127.0.0.1:0")});
        return local ? local->port : 0;
    }
    bool hasEvent(std::string_view part) const
    {
        const auto all = events.tail(1000);
        return std::any_of(all.begin(), all.end(),
                           [part](const logs::Event &event) { return event.text().find(part) != std::string::npos; });
    }

    tests::Workers workers;
    logs::EventLog events{1000};
    ConfigStore store;
    CellRegistry cells{2};
    SnapshotBuilder builder{cells, engine::TlsContext::make({}).value()};
    ServerOverrides overrides;
    handover::LocalBinder binder;
    ListeningSockets sockets{binder, workers.planes};
    Publisher publisher;
    ConfigurationService configuration;

private:
    template <class Start>
    ApplyOutcome waitFor(const Start &start)
    {
        std::optional<ApplyOutcome> outcome;
        start(replyTo(outcome));
        if (!QTest::qWaitFor([&outcome] { return outcome.has_value(); }, tests::kPatience))
            qFatal("no answer to a change");
        return *outcome;
    }
};

} // namespace

class ConfigurationServiceTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_folders = std::make_unique<tests::Folders>();
        for (const char *name : {"one", "two", "three"})
            tests::write(m_folders->config() / name / "index.html", name);
        configure(site("one"));
    }

    void firstBootStoresAndServes()
    {
        Service service(*m_folders);
        QVERIFY(!service.configuration.isServing());
        QVERIFY(service.boot());
        QVERIFY(service.configuration.isServing());
        QCOMPARE(service.configuration.revision(), 1U);
        QCOMPARE(service.store.history().front().authorship.reason, std::string("first start"));
        QCOMPARE(tests::get(service.port()), QByteArray("one"));
        QVERIFY2(service.configuration.problems().empty(), tests::textOf(service.configuration.problems()).c_str());
    }

    // The very first start with a mistake: nothing is served, all is told, and a good configuration needs no restart.
    void firstBootWithMistakes()
    {
        configure(site("one") + "[site.b]\nhosts = [\"b.test\"]\nfoo = 1\n[[site.b.route]]\nroot = \"x\"\n");
        Service service(*m_folders);
        QVERIFY(service.boot());
        QVERIFY(service.configuration.isServing());
        QCOMPARE(service.configuration.revision(), 0U);
        QCOMPARE(service.store.applied(), 0U);
        QCOMPARE(service.port(), std::uint16_t(0));
        QVERIFY(service.builder.current()->httpListeners.empty());
        const Problems problems = service.configuration.problems();
        const Problem *problem = tests::find(problems, "config.unknown-setting");
        QVERIFY(problem);
        QCOMPARE(problem->source.text(), m_folders->main().string() + ":9");
        QVERIFY(!service.hasEvent("revision 0"));

        configure(site("one"));
        const ApplyOutcome outcome = service.apply();
        QVERIFY2(outcome.applied, tests::textOf(outcome.problems).c_str());
        QCOMPARE(outcome.revision, 1U);
        QCOMPARE(tests::get(service.port()), QByteArray("one"));
        QVERIFY(service.configuration.problems().empty());
    }

    void bootWithMistakesOnDiskServesTheLastRevision()
    {
        {
            Service service(*m_folders);
            QVERIFY(service.boot());
        }
        configure("[service]\nwrokers = 1\n");
        Service service(*m_folders);
        QVERIFY(service.boot());
        QCOMPARE(service.configuration.revision(), 1U);
        QCOMPARE(service.store.applied(), 1U);
        QCOMPARE(tests::get(service.port()), QByteArray("one"));
        QCOMPARE(tests::driftOf(service.store).size(), std::size_t(1));
    }

    // What the surroundings fail at boot is set aside, told, and served as soon as it can be.
    void bootSetsAsideAndRetries()
    {
        configure(site("one") + "[listener.dns]\naddress = [\"127.0.0.1:0\"]\nprotocol = \"dns\"\n"
                                "[zone.\"example.org\"]\nfile = \"example.zone\"\n"
                                "[certificate.c]\ncertificate = \"no.pem\"\nkey = \"no.key\"\n");
        Service service(*m_folders);
        QVERIFY(service.boot());
        QCOMPARE(service.configuration.revision(), 1U);
        QCOMPARE(tests::get(service.port()), QByteArray("one"));
        QVERIFY(!service.configuration.prepared().zones.contains("example.org"));
        const Problems problems = service.configuration.problems();
        const auto names = [&problems](const std::string &path, const std::string &file) {
            return std::any_of(problems.begin(), problems.end(), [&](const Problem &problem) {
                return problem.path == path && problem.severity == Severity::error &&
                       problem.text().find(file) != std::string::npos;
            });
        };
        QVERIFY2(names("zone.\"example.org\"", "example.zone"), tests::textOf(problems).c_str());
        QVERIFY2(names("certificate.c", "no.pem"), tests::textOf(problems).c_str());

        tests::write(m_folders->config() / "example.zone", tests::zoneText(7));
        QTRY_VERIFY_WITH_TIMEOUT(service.configuration.prepared().zones.contains("example.org"), tests::kPatience);
        QCOMPARE(service.configuration.prepared().zones.at("example.org").zone->serial(), 7U);
        QCOMPARE(service.store.applied(), 1U); // a retry is no revision
    }

    void applyChangesWhatIsServed()
    {
        Service service(*m_folders);
        QVERIFY(service.boot());
        const std::uint16_t port = service.port();
        configure(site("two"));
        const ApplyOutcome outcome = service.apply();
        QVERIFY(outcome.applied && outcome.problems.empty() && !outcome.goesBack);
        QCOMPARE(outcome.revision, 2U);
        QCOMPARE(service.port(), port);
        QCOMPARE(tests::get(port), QByteArray("two"));
        QCOMPARE(service.store.history().front().authorship.author, std::string("tester"));
        // The same once more is no new revision.
        QCOMPARE(service.apply().revision, 2U);
        QCOMPARE(service.store.applied(), 2U);
    }

    void badConfigurationChangesNothing()
    {
        Service service(*m_folders);
        QVERIFY(service.boot());
        const auto snapshot = service.builder.current();
        tests::write(m_folders->config() / "bad.zone",
                     "$TTL 300\n@ SOA ns1 admin 1 2 3 4 60\n@ NS ns1\nx A 300.1.1.1\n");
        configure(site("two") + "[service]\nfoo = 1\nworkers = \"x\"\n"
                                "[zone.\"example.org\"]\nfile = \"bad.zone\"\n[backend.empty]\n");
        const ApplyOutcome outcome = service.apply();
        QVERIFY(!outcome.applied);
        QCOMPARE(outcome.revision, 1U);
        // All at once, with what only preparing finds.
        const std::string all = tests::textOf(outcome.problems);
        QVERIFY2(tests::find(outcome.problems, "config.unknown-setting"), all.c_str());
        QVERIFY2(tests::find(outcome.problems, "config.wrong-type"), all.c_str());
        QVERIFY2(tests::find(outcome.problems, "backend.no-servers"), all.c_str());
        QVERIFY2(all.find("bad.zone:4") != std::string::npos, all.c_str());
        QVERIFY(service.builder.current() == snapshot);
        QCOMPARE(service.store.applied(), 1U);
        QCOMPARE(tests::get(service.port()), QByteArray("one"));
    }

    void whatTheSurroundingsRefuseChangesNothing()
    {
        Service service(*m_folders);
        QVERIFY(service.boot());
        handover::LocalBinder stranger;
        const auto taken =
            stranger.bind({handover::Transport::tcp, *Endpoint::parse("127.0.0.1:0"), "x"}, 1).value().local;
        configure(site("two") + "[listener.other]\naddress = [\"127.0.0.1:0\", \"" + taken.text() +
                  "\"]\n[backend.empty]\n");
        const ApplyOutcome outcome = service.apply();
        QVERIFY(!outcome.applied);
        const Problem *problem = tests::find(outcome.problems, "socket.address-in-use");
        QVERIFY(problem);
        QCOMPARE(problem->path, std::string("listener.other.address"));
        QCOMPARE(problem->source.text(), m_folders->main().string() + ":8");
        QVERIFY(tests::find(outcome.problems, "backend.no-servers"));
        QCOMPARE(service.store.applied(), 1U);
        QCOMPARE(service.port("other"), std::uint16_t(0));
        QCOMPARE(tests::get(service.port()), QByteArray("one"));
        QVERIFY(service.configuration.problems().empty());
    }

    void warningsAreToldAndApplied()
    {
        Service service(*m_folders);
        QVERIFY(service.boot());
        configure(site("two") + "[backend.empty]\n[backend.far.server.a]\naddress = \"nowhere.invalid:80\"\n");
        const ApplyOutcome outcome = service.apply();
        QVERIFY(outcome.applied);
        QVERIFY(tests::find(outcome.problems, "backend.no-servers"));
        const Problem *unresolved = tests::find(outcome.problems, "server.unresolved");
        QVERIFY(unresolved && unresolved->severity == Severity::warning);
        QCOMPARE(unresolved->source.text(), m_folders->main().string() + ":9");
        QVERIFY(tests::find(service.configuration.problems(), "server.unresolved"));
    }

    void whatNeedsARestartSaysSo()
    {
        configure(site("one") + "[service]\nworkers = 2\n");
        Service service(*m_folders);
        QVERIFY(service.boot());
        QVERIFY(service.configuration.problems().empty());
        configure(site("one") + "[service]\nworkers = 4\naccess_log = \"other.log\"\ndrain_timeout = \"1s\"\n");
        const ApplyOutcome outcome = service.apply();
        QVERIFY(outcome.applied);
        QCOMPARE(outcome.problems.size(), std::size_t(1));
        QCOMPARE(outcome.problems[0].code, std::string("config.needs-restart"));
        QCOMPARE(outcome.problems[0].path, std::string("service.workers"));
        QCOMPARE(outcome.problems[0].source.line, 8U);
        QVERIFY(outcome.problems[0].severity == Severity::warning);
        QCOMPARE(service.configuration.problems().size(), std::size_t(1));
        configure(site("one") + "[service]\nworkers = 2\n");
        QVERIFY(service.apply().problems.empty());
        QVERIFY(service.configuration.problems().empty());
    }

    void rollsBack()
    {
        Service service(*m_folders);
        QVERIFY(service.boot());
        configure(site("two"));
        QVERIFY(service.apply().applied);
        const ApplyOutcome outcome = service.rollBack(1);
        QVERIFY(outcome.applied);
        QCOMPARE(outcome.revision, 3U);
        QCOMPARE(tests::get(service.port()), QByteArray("one"));
        QCOMPARE(service.rollBack(9).problems.front().code, std::string("revision.unknown"));
        QCOMPARE(service.configuration.revision(), 3U);
    }

    void confirmedInTimeStays()
    {
        Service service(*m_folders);
        QVERIFY(service.boot());
        QCOMPARE(service.configuration.confirm().error().code, std::string("config.nothing-to-confirm"));
        configure(site("two"));
        const ApplyOutcome outcome = service.apply(Seconds(1));
        QVERIFY(outcome.applied && outcome.goesBack && outcome.goesBack == service.configuration.confirmBy());
        const auto confirmed = service.configuration.confirm();
        QVERIFY(confirmed && confirmed->revision == 2);
        QVERIFY(!service.configuration.confirmBy());
        QVERIFY(tests::find(service.apply(Seconds(1)).problems, "config.unchanged"));
        QTest::qWait(1200);
        QCOMPARE(service.configuration.revision(), 2U);
        QCOMPARE(tests::get(service.port()), QByteArray("two"));
        QVERIFY(!service.store.boot(WallClock::now() + std::chrono::hours(1)).toCommit);
    }

    void goesBackWithoutConfirmation()
    {
        Service service(*m_folders);
        QVERIFY(service.boot());
        configure(site("two"));
        QVERIFY(service.apply(Seconds(1)).goesBack);
        QCOMPARE(tests::get(service.port()), QByteArray("two"));
        // The same files again, as a reload does, are no confirmation.
        QVERIFY(service.apply().goesBack);
        QTRY_COMPARE_WITH_TIMEOUT(service.configuration.revision(), 3U, tests::kPatience);
        QCOMPARE(tests::get(service.port()), QByteArray("one"));
        QCOMPARE(service.store.history().front().authorship.reason, std::string("revision 2 was not confirmed"));
        QVERIFY(!service.configuration.confirmBy());
        QVERIFY(service.hasEvent("going back to revision 1"));
    }

    // Two changes wait: what is gone back to is what last needed no confirmation.
    void secondChangeWhileOneWaits()
    {
        Service service(*m_folders);
        QVERIFY(service.boot());
        configure(site("two"));
        QVERIFY(service.apply(Seconds(600)).goesBack);
        configure(site("three"));
        QVERIFY(service.apply(Seconds(1)).goesBack);
        QCOMPARE(tests::get(service.port()), QByteArray("three"));
        QTRY_COMPARE_WITH_TIMEOUT(service.configuration.revision(), 4U, tests::kPatience);
        QCOMPARE(tests::get(service.port()), QByteArray("one"));
    }

    void changeWithoutConfirmationReplacesOneThatWaits()
    {
        Service service(*m_folders);
        QVERIFY(service.boot());
        configure(site("two"));
        QVERIFY(service.apply(Seconds(1)).goesBack);
        configure(site("three"));
        QVERIFY(!service.apply().goesBack);
        QTest::qWait(1200);
        QCOMPARE(service.configuration.revision(), 3U);
        QCOMPARE(tests::get(service.port()), QByteArray("three"));
    }

    // Going back does not depend on surroundings that are all well.
    void goesBackThoughAFileIsGone()
    {
        tests::write(m_folders->config() / "example.zone", tests::zoneText(1));
        const std::string zone = "[listener.dns]\naddress = [\"127.0.0.1:0\"]\nprotocol = \"dns\"\n"
                                 "[zone.\"example.org\"]\nfile = \"example.zone\"\n";
        configure(site("one") + zone);
        Service service(*m_folders);
        QVERIFY(service.boot());
        configure(site("two"));
        QVERIFY(service.apply(Seconds(1)).goesBack);
        fs::remove(m_folders->config() / "example.zone");
        fs::remove_all(m_folders->state() / "zones");
        QTRY_COMPARE_WITH_TIMEOUT(service.configuration.revision(), 3U, tests::kPatience);
        QCOMPARE(tests::get(service.port()), QByteArray("one"));
        QVERIFY(hasErrors(service.configuration.problems()));
    }

    void confirmationSurvivesARestart()
    {
        {
            Service service(*m_folders);
            QVERIFY(service.boot());
            configure(site("two"));
            QVERIFY(service.apply(Seconds(2)).goesBack);
        }
        {
            Service service(*m_folders);
            QVERIFY(service.boot());
            QCOMPARE(service.configuration.revision(), 2U);
            QVERIFY(service.configuration.confirmBy());
        }
        QTest::qWait(2100);
        Service service(*m_folders);
        QVERIFY(service.boot());
        QCOMPARE(service.configuration.revision(), 3U);
        QCOMPARE(tests::get(service.port()), QByteArray("one"));
        QVERIFY(!service.configuration.confirmBy());
    }

    void nothingToGoBackTo()
    {
        configure("x = 1\n");
        Service service(*m_folders);
        QVERIFY(service.boot());
        configure(site("one"));
        const ApplyOutcome outcome = service.apply(Seconds(60));
        QVERIFY(outcome.applied && !outcome.goesBack);
        QVERIFY(tests::find(outcome.problems, "config.no-way-back"));
    }

    // Each change sees what the one before left, though all are asked for at once.
    void changesAreMadeInOrder()
    {
        Service service(*m_folders);
        QVERIFY(service.boot());
        configure(site("two"));
        std::vector<std::string> done;
        const auto note = [&done](const char *name) {
            return [&done, name](const ApplyOutcome &outcome) {
                done.push_back(name + std::string(outcome.applied ? "=" : "!") + std::to_string(outcome.revision));
            };
        };
        service.configuration.apply({"tester", "a"}, {}, note("apply"));
        service.configuration.rollBack(1, {"tester", "b"}, note("back"));
        service.configuration.rollBack(8, {"tester", "c"}, note("unknown"));
        service.configuration.apply({"tester", "d"}, {}, note("again"));
        QTRY_COMPARE_WITH_TIMEOUT(done.size(), std::size_t(4), tests::kPatience);
        QCOMPARE(done, (std::vector<std::string>{"apply=2", "back=3", "unknown!3", "again=4"}));
    }

    void zonesAreReadAgain()
    {
        const fs::path file = m_folders->config() / "example.zone";
        tests::write(file, tests::zoneText(1));
        configure(kWeb + "[listener.dns]\naddress = [\"127.0.0.1:0\"]\nprotocol = \"dns\"\n"
                         "[zone.\"example.org\"]\nfile = \"example.zone\"\n");
        Service service(*m_folders, {Milliseconds(50), Milliseconds(50)});
        QVERIFY(service.boot());
        const auto serial = [&service] {
            return service.configuration.prepared().zones.at("example.org").zone->serial();
        };
        QCOMPARE(serial(), 1U);
        // What people edit is theirs to apply.
        tests::write(file, tests::zoneText(2));
        QTest::qWait(200);
        QCOMPARE(serial(), 1U);
        service.configuration.apply({"tester", "zone"}, {}, {});
        QTRY_COMPARE_WITH_TIMEOUT(serial(), 2U, tests::kPatience);
        // A file that became wrong leaves what was right.
        tests::write(file, "@ SOA\n");
        std::optional<ApplyOutcome> outcome;
        service.configuration.apply({"tester", "zone"}, {},
                                    [&outcome](ApplyOutcome what) { outcome = std::move(what); });
        QTRY_VERIFY_WITH_TIMEOUT(outcome.has_value(), tests::kPatience);
        QVERIFY(!outcome->applied && hasErrors(outcome->problems));
        QCOMPARE(serial(), 2U);
        QCOMPARE(service.store.applied(), 2U);
    }

    // Stored before it is served: with a disk that takes nothing, nothing is served that a restart would not bring
    // back.
    void unwritableStateRefusesChangesUntilItIsRepaired()
    {
        Service service(*m_folders);
        QVERIFY(service.boot());
        const fs::path revisions = m_folders->state() / "revisions";
        fs::rename(revisions, m_folders->state() / "aside");
        tests::write(revisions, "in the way"); // stops root too
        configure(site("two"));
        const std::uint64_t publishes = service.configuration.publishes();
        const ApplyOutcome outcome = service.apply();
        QVERIFY(!outcome.applied);
        QCOMPARE(outcome.problems.front().code, std::string("state.unwritable"));
        QVERIFY(outcome.problems.front().message.find(m_folders->state().string()) != std::string::npos);
        QCOMPARE(service.configuration.publishes(), publishes);
        QCOMPARE(tests::get(service.port()), QByteArray("one"));
        QVERIFY(tests::find(service.configuration.problems(), "state.unwritable"));

        fs::remove(revisions);
        fs::rename(m_folders->state() / "aside", revisions);
        QTRY_VERIFY_WITH_TIMEOUT(service.configuration.problems().empty(), tests::kPatience);
        QCOMPARE(service.apply().revision, 2U);
        QCOMPARE(tests::get(service.port()), QByteArray("two"));
    }

    void bootsThoughStateIsUnwritable()
    {
        tests::write(m_folders->state(), "in the way");
        Service service(*m_folders);
        QVERIFY(service.boot());
        QCOMPARE(tests::get(service.port()), QByteArray("one"));
        QCOMPARE(service.configuration.revision(), 0U);
        QVERIFY(tests::find(service.configuration.problems(), "state.unwritable"));
    }

    void overridesOutliveChanges()
    {
        const auto backend = [](const std::string &more) {
            return kWeb + "[backend.app.server.a]\naddress = \"127.0.0.1:9\"\nweight = 3\n" + more;
        };
        configure(backend(""));
        Service service(*m_folders);
        QVERIFY(service.overrides.set({"app", "a"}, {config::ServerState::drain, 7}));
        QVERIFY(service.boot());
        const auto cell = service.cells.server({"app", "a"});
        QVERIFY(cell->state.load() == config::ServerState::drain);
        QCOMPARE(cell->weight.load(), 7U);
        configure(backend("state = \"maint\"\n"));
        QVERIFY(service.apply().applied);
        QVERIFY(service.cells.server({"app", "a"}) == cell);
        QVERIFY(cell->state.load() == config::ServerState::drain);
        QVERIFY(service.overrides.set({"app", "a"}, {}));
        QVERIFY(service.apply().applied);
        QVERIFY(cell->state.load() == config::ServerState::maint);
        QCOMPARE(cell->weight.load(), 3U);
    }

private:
    void configure(const std::string &text) const { tests::write(m_folders->main(), text); }

    std::unique_ptr<tests::Folders> m_folders;
};

QTEST_GUILESS_MAIN(ConfigurationServiceTest)
#include "configuration_service_test.moc"
