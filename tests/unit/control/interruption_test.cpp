// SPDX-License-Identifier: GPL-3.0-or-later
// What is on disk after a death at each single step of a change: all that was before, or all that was to be.
#include "control/config_store.h"
#include "control/durable_file.h"
#include "control/prepared_zone.h"
#include "control/server_overrides.h"

#include "control_fixture.h"

#include <csignal>
#include <fcntl.h>
#include <functional>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mainstay;
using namespace mainstay::control;
namespace fs = std::filesystem;

namespace {

enum class End { finished, killed, untraceable };

// Whether the child stands before a system call that changes the disk.
bool isStep(pid_t child)
{
    __ptrace_syscall_info info{};
    ::ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info);
    if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
        return false;
    switch (info.entry.nr) {
    case SYS_openat:
        return (info.entry.args[2] & (O_CREAT | O_TRUNC)) != 0;
    case SYS_write:
    case SYS_writev:
    case SYS_pwrite64:
    case SYS_ftruncate:
    case SYS_fsync:
    case SYS_mkdirat:
    case SYS_unlinkat:
    case SYS_renameat:
    case SYS_renameat2:
#ifdef SYS_rename // not on every architecture
    case SYS_rename:
    case SYS_mkdir:
    case SYS_rmdir:
    case SYS_unlink:
#endif
        return true;
    default:
        return false;
    }
}

// Runs `work` in a child that is killed before its n-th step.
End runUntil(int n, const std::function<void()> &work)
{
    const pid_t child = ::fork();
    if (child == 0) {
        if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0)
            ::_exit(77);
        ::raise(SIGSTOP);
        work();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status))
        return End::untraceable;
    ::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD);
    for (int i = 0; i < n; i += isStep(child) ? 1 : 0) {
        ::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
        ::waitpid(child, &status, 0);
        if (WIFEXITED(status))
            return WEXITSTATUS(status) == 0 ? End::finished : throw std::runtime_error("the work failed by itself");
    }
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
    return End::killed;
}

} // namespace

class InterruptionTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folders = std::make_unique<tests::Folders>(); }

    void aFileIsOldOrNew()
    {
        const fs::path file = m_folders->root / "file";
        const std::string before(10'000, 'a');
        const std::string after(20'000, 'b');
        atEachStep([&] { tests::write(file, before); },
                   [&] {
                       if (!writeDurably(file, after))
                           ::_exit(1);
                   },
                   [&](bool finished) {
                       const std::string now = tests::contents(file);
                       return now == after || (!finished && now == before);
                   });
    }

    void aFirstStart()
    {
        tests::write(m_folders->main(), "[service]\nworkers = 1\n");
        atEachStep([&] { fs::remove_all(m_folders->state()); },
                   [&] {
                       auto store = ConfigStore::open(m_folders->both());
                       if (!store || !store->commit(readDisk(store->folders()), {"tester", "first"}))
                           ::_exit(1);
                   },
                   [&](bool finished) {
                       const auto store = ConfigStore::open(m_folders->both());
                       return store && store->writable() &&
                              (store->applied() == 1 || (!finished && store->applied() == 0)) &&
                              tests::contents(m_folders->state() / "version") == "1\n" &&
                              !hasErrors(store->boot().problems);
                   });
    }

    // A change of three managed files that waits for confirmation.
    void aChange()
    {
        const fs::path managed = m_folders->state() / "managed.d";
        tests::write(managed / "a.toml", "[service]\nworkers = 1\n");
        tests::write(managed / "b.toml", "# one\n");
        Candidate next;
        {
            auto store = ConfigStore::open(m_folders->both()).value();
            QVERIFY(store.commit(readDisk(store.folders()), {"tester", "one"}));
            next.files = {{(managed / "a.toml").string(), "[service]\nworkers = 2\n", schema::Owner::managed},
                          {(managed / "c.toml").string(), "# two\n", schema::Owner::managed}};
        }
        const fs::path saved = m_folders->root / "saved";
        fs::copy(m_folders->state(), saved, fs::copy_options::recursive);
        const Confirmation confirmation{1, WallClock::now() + std::chrono::hours(1)};
        atEachStep([&] { restore(saved); },
                   [&] {
                       auto store = ConfigStore::open(m_folders->both());
                       if (!store || !store->commit(next, {"tester", "two"}, confirmation))
                           ::_exit(1);
                   },
                   [&](bool finished) {
                       auto store = ConfigStore::open(m_folders->both()).value();
                       const BootConfiguration boot = store.boot();
                       const bool isNew = boot.revision == 2;
                       return (isNew || (!finished && boot.revision == 1)) && boot.problems.empty() &&
                              boot.candidate.loaded.configuration.service.workers == (isNew ? 2U : 1U) &&
                              boot.confirmation.has_value() == isNew && tests::driftOf(store).empty() &&
                              store.history().size() == boot.revision &&
                              store.commit(readDisk(store.folders()), {"tester", "more"}).value_or(0) ==
                                  boot.revision + 1;
                   });
    }

    // With as many revisions as are kept, one is forgotten for each that comes.
    void forgettingTheOldest()
    {
        {
            auto store = ConfigStore::open(m_folders->both()).value();
            for (std::size_t i = 0; i < RevisionStore::kKept; ++i)
                QVERIFY(store.commit(readDisk(store.folders()), {"tester", "again"}));
        }
        const fs::path saved = m_folders->root / "saved";
        fs::copy(m_folders->state(), saved, fs::copy_options::recursive);
        atEachStep([&] { restore(saved); },
                   [&] {
                       auto store = ConfigStore::open(m_folders->both());
                       if (!store || !store->commit(readDisk(store->folders()), {"tester", "one more"}))
                           ::_exit(1);
                   },
                   [&](bool finished) {
                       const auto store = ConfigStore::open(m_folders->both()).value();
                       const auto history = store.history();
                       return store.applied() >= RevisionStore::kKept + (finished ? 1 : 0) &&
                              history.size() == history.front().number - history.back().number + 1 &&
                              store.load(history.back().number) && store.load(history.front().number);
                   });
    }

    // One that brings the text of a zone, and has another forgotten.
    void aChangeOfAZone()
    {
        const fs::path file = m_folders->config() / "example.zone";
        const auto commitZone = [&](ConfigStore &store, std::uint32_t serial) {
            tests::write(file, tests::zoneText(serial));
            ZoneReader reader(m_folders->state(), true);
            const PreparedZone zone = reader.readFromDisk(request());
            Candidate candidate = readDisk(store.folders());
            candidate.zones["example.org"] = zone.texts;
            return reader.store() && store.commit(candidate, {"tester", "zone"});
        };
        tests::write(m_folders->main(), "[zone.\"example.org\"]\nfile = \"example.zone\"\n");
        {
            auto store = ConfigStore::open(m_folders->both()).value();
            QVERIFY(commitZone(store, 1));
            for (std::uint32_t i = 1; i < RevisionStore::kKept; ++i)
                QVERIFY(commitZone(store, 2));
        }
        const fs::path saved = m_folders->root / "saved";
        fs::copy(m_folders->state(), saved, fs::copy_options::recursive);
        atEachStep([&] { restore(saved); },
                   [&] {
                       auto store = ConfigStore::open(m_folders->both());
                       if (!store || !commitZone(*store, 3))
                           ::_exit(1);
                   },
                   [&](bool finished) {
                       const auto store = ConfigStore::open(m_folders->both()).value();
                       const BootConfiguration boot = store.boot();
                       const ZoneReader reader(m_folders->state(), false);
                       for (const Revision &revision : store.history()) {
                           const auto zones = store.load(revision.number).value().zones;
                           if (!reader.readAsApplied(request(), zones.at("example.org")))
                               return false;
                       }
                       const auto zone = reader.readAsApplied(request(), boot.candidate.zones.at("example.org"));
                       return boot.problems.empty() && zone && zone->zone->serial() >= (finished ? 3U : 2U);
                   });
    }

    void anOverride()
    {
        fs::create_directories(m_folders->state());
        const ServerOverrides::Key key{"app", "a"};
        atEachStep(
            [&] {
                ServerOverrides overrides(m_folders->state());
                if (!overrides.set(key, {config::ServerState::drain, {}}))
                    qFatal("cannot write");
            },
            [&] {
                ServerOverrides overrides(m_folders->state());
                if (!overrides.load().empty() || !overrides.set(key, {config::ServerState::maint, 5}))
                    ::_exit(1);
            },
            [&](bool finished) {
                ServerOverrides overrides(m_folders->state());
                const bool isWhole = overrides.load().empty();
                const ServerOverride now = overrides.find(key);
                return isWhole && (now == ServerOverride{config::ServerState::maint, 5} ||
                                   (!finished && now == ServerOverride{config::ServerState::drain, {}}));
            });
    }

private:
    ZoneReader::Request request() const
    {
        return {wire::Name::parse("example.org").value(), "zone", m_folders->config() / "example.zone", nullptr};
    }

    void restore(const fs::path &saved) const
    {
        fs::remove_all(m_folders->state());
        fs::copy(saved, m_folders->state(), fs::copy_options::recursive);
    }

    // Each round: `prepare`, `work` killed one step later than in the round before, and `isWhole(finished)`.
    static void atEachStep(const std::function<void()> &prepare, const std::function<void()> &work,
                           const std::function<bool(bool)> &isWhole)
    {
        int steps = 0;
        for (;; ++steps) {
            prepare();
            const End end = runUntil(steps + 1, work);
            if (end == End::untraceable)
                QSKIP("this system lets no process be traced");
            QVERIFY2(isWhole(end == End::finished), ("killed at step " + std::to_string(steps + 1)).c_str());
            if (end == End::finished)
                break;
        }
        QVERIFY2(steps >= 5, "the work was over before it could be interrupted");
    }

    std::unique_ptr<tests::Folders> m_folders;
};

QTEST_GUILESS_MAIN(InterruptionTest)
#include "interruption_test.moc"
