// SPDX-License-Identifier: GPL-3.0-or-later
// Revisions on disk: stored whole through kill -9, chosen at boot, compared, and refused when they cannot be trusted.
#include "control/config_store.h"

#include "control_fixture.h"

#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <fstream>
#include <random>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace mainstay;
using namespace mainstay::control;
using namespace mainstay::tests;
namespace fs = std::filesystem;

namespace {

const std::string kValid = "[backend.app.server.a]\naddress = \"127.0.0.1:1\"\n";
const std::string kInvalid = "[backend.app.server.a]\naddress = \"127.0.0.1:1\"\nwieght = 2\n";

Authorship by(const char *reason)
{
    return {"tester", reason, WallTime(Seconds(1'700'000'000))};
}

ConfigStore opened(const ConfigFolders &folders)
{
    auto store = ConfigStore::open(folders);
    if (!store)
        qFatal("%s", store.error().text().c_str());
    return std::move(*store);
}

std::uint32_t weightIn(const Candidate &candidate)
{
    return candidate.loaded.configuration.backends.at("app").servers.at("a").weight;
}

std::string weighted(unsigned weight)
{
    return kValid + "weight = " + std::to_string(weight) + "\n";
}

Result<Comparison> compare(const ConfigStore &store, RevisionNumber from, RevisionNumber to)
{
    return store.load(to).and_then([&](Candidate after) { return store.compare(from, std::move(after)); });
}

} // namespace

class ConfigStoreTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_root = std::make_unique<QTemporaryDir>();
        const fs::path root = m_root->path().toStdString();
        m_folders = {root / "etc", root / "var/state"};
        write(m_folders.config / "mainstay.toml", kValid);
    }

    void checkNeedsNoStateFolder()
    {
        QVERIFY(!hasErrors(readDisk(m_folders).loaded.problems));
        write(m_folders.config / "conf.d/b.toml", "[service]\nwrokers = 1\n");
        const Candidate candidate = readDisk(m_folders);
        QCOMPARE(candidate.loaded.problems.size(), std::size_t(1));
        QCOMPARE(candidate.loaded.problems.front().source.text(), (m_folders.config / "conf.d/b.toml").string() + ":2");
        QVERIFY(!fs::exists(m_folders.state));
    }

    void filesAreReadInOrderAndWithOwners()
    {
        write(m_folders.config / "conf.d/b.toml", "");
        write(m_folders.config / "conf.d/a.toml", "");
        write(m_folders.config / "conf.d/.hidden.toml", "x = ");
        write(m_folders.config / "conf.d/a.toml.bak", "x = ");
        write(m_folders.state / "managed.d/z.toml", "");
        const Candidate candidate = readDisk(m_folders);
        std::vector<std::string> names;
        for (const auto &file : candidate.files)
            names.push_back(fs::path(file.path).filename().string());
        QCOMPARE(names, (std::vector<std::string>{"mainstay.toml", "a.toml", "b.toml", "z.toml"}));
        QVERIFY(candidate.files[2].owner == schema::Owner::files);
        QVERIFY(candidate.files[3].owner == schema::Owner::managed);
    }

    void firstBootReadsTheDisk()
    {
        ConfigStore store = opened(m_folders);
        QCOMPARE(store.applied(), 0U);
        QVERIFY(driftOf(store).empty());
        const BootConfiguration boot = store.boot();
        QCOMPARE(boot.revision, 0U);
        QVERIFY(boot.problems.empty());
        QCOMPARE(weightIn(boot.candidate), 1U);
        const auto committed = store.commit(boot.candidate, by("first start"));
        QVERIFY(committed);
        QCOMPARE(*committed, 1U);
        QCOMPARE(opened(m_folders).boot().revision, 1U);
    }

    void bootRunsTheAppliedRevisionAndReportsDrift()
    {
        ConfigStore store = opened(m_folders);
        write(m_folders.config / "conf.d/gone.toml", "");
        write(m_folders.config / "conf.d/broken.toml", "");
        QVERIFY(store.commit(readDisk(store.folders()), by("one")));
        QVERIFY(driftOf(store).empty());

        write(m_folders.config / "mainstay.toml", weighted(9));
        write(m_folders.config / "conf.d/new.toml", "");
        fs::remove(m_folders.config / "conf.d/gone.toml");
        fs::remove(m_folders.config / "conf.d/broken.toml");
        fs::create_symlink("nowhere", m_folders.config / "conf.d/broken.toml");
        const ConfigStore again = opened(m_folders);
        QCOMPARE(weightIn(again.boot().candidate), 1U);
        const fs::path config = m_folders.config;
        const std::vector<Drift> expected{{Drift::Kind::unreadable, (config / "conf.d/broken.toml").string()},
                                          {Drift::Kind::removed, (config / "conf.d/gone.toml").string()},
                                          {Drift::Kind::added, (config / "conf.d/new.toml").string()},
                                          {Drift::Kind::changed, (config / "mainstay.toml").string()}};
        QVERIFY(driftOf(again) == expected);
    }

    void historyDiffAndLoad()
    {
        ConfigStore store = opened(m_folders);
        for (unsigned weight = 1; weight <= 3; ++weight) {
            write(m_folders.config / "mainstay.toml", weighted(weight));
            QVERIFY(store.commit(readDisk(store.folders()), by(("weight " + std::to_string(weight)).c_str())));
        }
        const auto history = opened(m_folders).history();
        QCOMPARE(history.size(), std::size_t(3));
        QCOMPARE(history[0].number, 3U);
        QCOMPARE(history[0].authorship.reason, std::string("weight 3"));
        QCOMPARE(history[0].authorship.author, std::string("tester"));
        QVERIFY(history[0].authorship.time == WallTime(Seconds(1'700'000'000)));
        QCOMPARE(weightIn(*store.load(2)), 2U);
        QCOMPARE(store.load(4).error().code, std::string("revision.unknown"));

        const auto compared = compare(store, 1, 3);
        QVERIFY(compared && compared->changes.size() == 1);
        QCOMPARE(compared->changes.front().path, std::string("backend.app.server.a"));
        QCOMPARE(compared->changes.front().settings.front(), (schema::SettingChange{"weight", "1", "3"}));
        write(m_folders.config / "mainstay.toml", weighted(7));
        QCOMPARE(store.compare(3, readDisk(store.folders()))->changes.front().settings.front().after, std::string("7"));
        QVERIFY(compare(store, 0, 1)->changes.front().kind == schema::ObjectChange::Kind::added);
        QCOMPARE(compare(store, 9, 1).error().code, std::string("revision.unknown"));
    }

    void relativePathsStayRelativeToTheFilesPlace()
    {
        write(m_folders.config / "mainstay.toml", "[zone.a]\nfile = \"zones/a\"\n");
        ConfigStore store = opened(m_folders);
        QVERIFY(store.commit(readDisk(store.folders()), by("zone")));
        QCOMPARE(store.load(1)->loaded.configuration.zones.at("a").file.path, (m_folders.config / "zones/a").string());
    }

    void invalidRevisionMeansTheOneBefore()
    {
        ConfigStore store = opened(m_folders);
        QVERIFY(store.commit(readDisk(store.folders()), by("good")));
        write(m_folders.config / "mainstay.toml", kInvalid);
        QVERIFY(store.commit(readDisk(store.folders()), by("made invalid by an update")));
        const BootConfiguration boot = opened(m_folders).boot();
        QCOMPARE(boot.revision, 1U);
        QCOMPARE(boot.problems.size(), std::size_t(1));
        QCOMPARE(boot.problems[0].code, std::string("revision.set-aside"));
        QVERIFY(boot.problems[0].path.find("revision 2") != std::string::npos);
        QVERIFY(boot.problems[0].message.find("did you mean `weight`?") != std::string::npos);
    }

    void damagedRevisionMeansTheOneBefore()
    {
        ConfigStore store = opened(m_folders);
        for (int i = 0; i < 4; ++i)
            QVERIFY(store.commit(readDisk(store.folders()), by("good")));
        const fs::path revisions = m_folders.state / "revisions";
        write(revisions / "4/0.toml", weighted(3)); // valid, and not what was stored
        fs::remove(revisions / "3/0.toml");
        write(revisions / "2/metadata.json", "{");
        const ConfigStore again = opened(m_folders);
        const BootConfiguration boot = again.boot();
        QCOMPARE(boot.revision, 1U);
        QCOMPARE(boot.problems.size(), std::size_t(3));
        QCOMPARE(again.load(4).error().code, std::string("revision.damaged"));
        QCOMPARE(again.history().size(), std::size_t(3)); // 2 has lost its description
    }

    void allRevisionsInvalidMeansTheDisk()
    {
        ConfigStore store = opened(m_folders);
        write(m_folders.config / "mainstay.toml", kInvalid);
        QVERIFY(store.commit(readDisk(store.folders()), by("bad")));
        write(m_folders.config / "mainstay.toml", weighted(5));
        const BootConfiguration boot = opened(m_folders).boot();
        QCOMPARE(boot.revision, 0U);
        QCOMPARE(weightIn(boot.candidate), 5U);
        QCOMPARE(boot.problems.size(), std::size_t(1));
    }

    void rollbackRestoresManagedFilesAndLeavesPeoplesAlone()
    {
        const fs::path managed = m_folders.state / "managed.d";
        write(managed / "a.toml", "[backend.app.server.b]\naddress = \"h:1\"\n");
        write(managed / "old.toml", "");
        ConfigStore store = opened(m_folders);
        QVERIFY(store.commit(readDisk(store.folders()), by("one")));
        write(managed / "a.toml", "[backend.app.server.b]\naddress = \"h:2\"\n");
        write(managed / "new.toml", "");
        fs::remove(managed / "old.toml");
        write(m_folders.config / "mainstay.toml", weighted(2));
        QVERIFY(store.commit(readDisk(store.folders()), by("two")));

        const auto back = store.load(1);
        QVERIFY(back);
        QCOMPARE(*store.commit(*back, by("rollback to 1")), 3U);
        QCOMPARE(contents(managed / "a.toml"), std::string("[backend.app.server.b]\naddress = \"h:1\"\n"));
        QVERIFY(fs::exists(managed / "old.toml") && !fs::exists(managed / "new.toml"));
        QCOMPARE(contents(m_folders.config / "mainstay.toml"), weighted(2));
        QVERIFY(driftOf(store) ==
                (std::vector<Drift>{{Drift::Kind::changed, (m_folders.config / "mainstay.toml").string()}}));
        QVERIFY(!fs::exists(m_folders.state / "managed.pending"));
    }

    void interruptedManagedFilesAreFinishedOrForgotten()
    {
        const fs::path file = m_folders.state / "managed.d/a.toml";
        write(file, "[service]\nworkers = 1\n");
        {
            ConfigStore store = opened(m_folders);
            QVERIFY(store.commit(readDisk(store.folders()), by("one")));
        }
        // As if killed after revision 1 was stored and before its files were written.
        write(file, "");
        write(m_folders.state / "managed.pending", "1\n");
        opened(m_folders);
        QCOMPARE(contents(file), std::string("[service]\nworkers = 1\n"));
        QVERIFY(!fs::exists(m_folders.state / "managed.pending"));
        // As if killed before revision 2 was stored: then nothing had been written.
        write(file, "[service]\nworkers = 3\n");
        write(m_folders.state / "managed.pending", "2\n");
        opened(m_folders);
        QCOMPARE(contents(file), std::string("[service]\nworkers = 3\n"));
        QVERIFY(!fs::exists(m_folders.state / "managed.pending"));
    }

    void aConfirmationIsOfItsRevisionAlone()
    {
        ConfigStore store = opened(m_folders);
        const auto commit = [&store](const std::optional<Confirmation> &confirmation = {}) {
            return store.commit(readDisk(store.folders()), by("test"), confirmation).has_value();
        };
        QVERIFY(commit());
        // As if killed, or failed, between the note and revision 2, which was to be confirmed.
        const fs::path note = m_folders.state / "confirm.pending";
        write(note, "2 1 1000\n");
        QVERIFY(commit());
        QCOMPARE(store.applied(), 2U);
        const BootConfiguration boot = opened(m_folders).boot();
        QCOMPARE(boot.revision, 2U);
        QVERIFY(!boot.confirmation);
        QVERIFY(!fs::exists(note));
        // One that is awaited stays so where the next revision does not come to be.
        const Confirmation awaited{2, WallTime(Seconds(4'000'000'000))};
        QVERIFY(commit(awaited));
        write(note, contents(note) + "4 3 1000\n");
        QVERIFY(opened(m_folders).boot().confirmation == awaited);
    }

    void keepsABoundedNumber()
    {
        ConfigStore store = opened(m_folders);
        for (std::size_t i = 0; i < RevisionStore::kKept + 5; ++i)
            QVERIFY(store.commit(readDisk(store.folders()), by("again")));
        QCOMPARE(store.history().size(), RevisionStore::kKept);
        const ConfigStore again = opened(m_folders);
        QCOMPARE(again.applied(), RevisionNumber(RevisionStore::kKept + 5));
        QCOMPARE(again.history().back().number, 6U);
        QCOMPARE(again.load(5).error().code, std::string("revision.unknown"));
    }

    void newerStateIsRefused()
    {
        opened(m_folders);
        QCOMPARE(contents(m_folders.state / "version"), std::string("1\n"));
        write(m_folders.state / "version", "2\n");
        const auto newer = ConfigStore::open(m_folders);
        QVERIFY(!newer);
        QCOMPARE(newer.error().code, std::string("state.newer"));
        QVERIFY(newer.error().message.find(m_folders.state.string()) != std::string::npos);
        QCOMPARE(contents(m_folders.state / "version"), std::string("2\n"));
    }

    void damagedVersionIsReadAndLeftAlone()
    {
        {
            ConfigStore store = opened(m_folders);
            QVERIFY(store.commit(readDisk(store.folders()), by("one")));
        }
        for (const char *text : {"", "x", "-1\n", "99999999999999999999\n"}) {
            write(m_folders.state / "version", text);
            auto store = ConfigStore::open(m_folders);
            QVERIFY(store);
            QCOMPARE(store->writable().error().code, std::string("state.damaged"));
            QVERIFY(store->writable().error().message.find((m_folders.state / "version").string()) !=
                    std::string::npos);
            QCOMPARE(store->boot().revision, 1U);
            QCOMPARE(store->commit(store->boot().candidate, by("x")).error().code, std::string("state.damaged"));
            QCOMPARE(contents(m_folders.state / "version"), std::string(text));
            // Repaired, or found to be of another one, while it is in use.
            write(m_folders.state / "version", "2\n");
            store->retryWriting();
            QCOMPARE(store->writable().error().code, std::string("state.newer"));
            write(m_folders.state / "version", "1\n");
            store->retryWriting();
            QVERIFY(store->writable());
        }
        // Without a version, it stands in each revision.
        write(m_folders.state / "version", "");
        const fs::path metadata = m_folders.state / "revisions/1/metadata.json";
        std::string json = contents(metadata);
        const std::string format = "\"format\": 1";
        QVERIFY(json.find(format) != std::string::npos);
        write(metadata, json.replace(json.find(format), format.size(), "\"format\": 2"));
        QCOMPARE(ConfigStore::open(m_folders)->load(1).error().code, std::string("revision.damaged"));
    }

    void unwritableStateStillReads()
    {
        // A file where the folder should be stops root too.
        const ConfigFolders folders{m_folders.config, m_folders.config / "mainstay.toml/state"};
        const auto store = ConfigStore::open(folders);
        QVERIFY(store);
        QVERIFY(!store->writable());
        QCOMPARE(store->writable().error().code, std::string("state.unwritable"));
        QVERIFY(store->writable().error().message.find(folders.state.string()) != std::string::npos);
        const BootConfiguration boot = store->boot();
        QCOMPARE(weightIn(boot.candidate), 1U);
        auto writer = *store;
        QCOMPARE(writer.commit(boot.candidate, by("x")).error().code, std::string("state.unwritable"));
    }

    void filesArePrivate()
    {
        ConfigStore store = opened(m_folders);
        QVERIFY(store.commit(readDisk(store.folders()), by("one")));
        const auto mode = [&](const char *name) {
            return fs::status(m_folders.state / name).permissions() & fs::perms(077);
        };
        QVERIFY(mode("revisions") == fs::perms::none);
        QVERIFY(mode("revisions/1/0.toml") == fs::perms::none);
    }

    // Whatever moment the writer dies at, the store opens, its newest revision is whole, nothing that was reported as
    // stored is lost, and managed.d is that of the newest revision.
    void survivesKill()
    {
        std::mt19937 random(20240229);
        std::uniform_int_distribution<int> delay(200, 80'000);
        RevisionNumber reported = 0;
        for (int round = 0; round < 50 || reported < 50; ++round) {
            int pipe[2];
            QCOMPARE(::pipe(pipe), 0);
            const pid_t child = ::fork();
            QVERIFY(child >= 0);
            if (child == 0)
                writeForever(pipe[1]);
            ::close(pipe[1]);
            std::this_thread::sleep_for(std::chrono::microseconds(delay(random)));
            ::kill(child, SIGKILL);
            int status = 0;
            QCOMPARE(::waitpid(child, &status, 0), child);
            QVERIFY2(WIFSIGNALED(status), "the writer failed by itself");
            RevisionNumber number = 0;
            while (::read(pipe[0], &number, sizeof number) == sizeof number)
                reported = number;
            ::close(pipe[0]);

            const ConfigStore store = opened(m_folders);
            QVERIFY(store.applied() >= reported && store.applied() <= reported + 1);
            if (store.applied() == 0)
                continue;
            const BootConfiguration boot = store.boot();
            QVERIFY(boot.problems.empty());
            QCOMPARE(boot.revision, store.applied());
            QCOMPARE(boot.candidate.loaded.configuration.service.workers, store.applied() % 256);
            QVERIFY(driftOf(store).empty());
            for (const Revision &revision : store.history())
                QVERIFY(store.load(revision.number));
            reported = store.applied();
        }
    }

private:
    // Each revision has two managed files that say its number.
    void writeForever(int report) const
    {
        ConfigStore store = opened(m_folders);
        while (true) {
            const RevisionNumber next = store.applied() + 1;
            Candidate candidate;
            candidate.files = schema::readSourceFiles(m_folders.config, {}, candidate.loaded.problems);
            const auto managed = [&](const std::string &name, const std::string &text) {
                candidate.files.push_back(
                    {(m_folders.state / "managed.d" / name).string(), text, schema::Owner::managed});
            };
            managed("a.toml", "[service]\nworkers = " + std::to_string(next % 256) + "\n");
            managed("b" + std::to_string(next % 3) + ".toml", "# " + std::to_string(next) + "\n");
            const auto number = store.commit(candidate, by("loop"));
            if (!number || ::write(report, &*number, sizeof *number) != sizeof *number)
                ::_exit(1);
        }
    }

    std::unique_ptr<QTemporaryDir> m_root;
    ConfigFolders m_folders;
};

QTEST_GUILESS_MAIN(ConfigStoreTest)
#include "config_store_test.moc"
