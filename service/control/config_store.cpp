// SPDX-License-Identifier: GPL-3.0-or-later
// Choosing, storing and comparing revisions.
#include "control/config_store.h"

#include "control/durable_file.h"
#include "schema/node.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <system_error>

namespace mainstay::control {
namespace {

namespace fs = std::filesystem;
using schema::Owner;
using schema::SourceFile;

// Names the revision whose managed files are being written. While it is there, managed.d may be half of one.
constexpr const char *kPending = "managed.pending";
// Says of revisions what they wait for; only what it says of the newest counts.
constexpr const char *kUnconfirmed = "confirm.pending";

Candidate candidateOf(std::vector<SourceFile> files, TextsByZone zones = {})
{
    schema::Loaded loaded = schema::readConfiguration(files);
    return {std::move(files), std::move(loaded), std::move(zones)};
}

std::map<std::string, const SourceFile *> byPath(const std::vector<SourceFile> &files, std::optional<Owner> owner = {})
{
    std::map<std::string, const SourceFile *> map;
    for (const SourceFile &file : files)
        if (!owner || file.owner == *owner)
            map.emplace(file.path, &file);
    return map;
}

Problem setAside(RevisionNumber number, const std::string &why)
{
    return {"revision.set-aside",
            "revision " + std::to_string(number),
            "cannot be used: " + why,
            "repair the files and apply them",
            {},
            Severity::error};
}

// A line: REVISION GOES-BACK-TO DEADLINE, the last in milliseconds since 1970.
std::string confirmationText(RevisionNumber revision, const Confirmation &confirmation)
{
    const auto deadline = std::chrono::duration_cast<Milliseconds>(confirmation.deadline.time_since_epoch()).count();
    return std::to_string(revision) + " " + std::to_string(confirmation.goesBackTo) + " " + std::to_string(deadline) +
           "\n";
}

} // namespace

std::string notConfirmed(RevisionNumber number)
{
    return "revision " + std::to_string(number) + " was not confirmed";
}

Candidate readDisk(const ConfigFolders &folders)
{
    Problems problems;
    Candidate candidate = candidateOf(schema::readSourceFiles(folders.config, folders.state, problems));
    Problems &found = candidate.loaded.problems;
    found.insert(found.begin(), problems.begin(), problems.end());
    if (found.empty() && candidate.loaded.configuration == config::Configuration())
        found.push_back({kNoConfiguration,
                         "",
                         "there is no configuration: nothing is served",
                         "write it there, or into files in conf.d",
                         {(folders.config / "mainstay.toml").string()},
                         Severity::warning});
    return candidate;
}

std::string_view driftName(Drift::Kind kind)
{
    switch (kind) {
    case Drift::Kind::added:
        return "added";
    case Drift::Kind::removed:
        return "removed";
    case Drift::Kind::unreadable:
        return "unreadable";
    default:
        return "changed";
    }
}

std::vector<Drift> driftFrom(const std::vector<SourceFile> &files, const ConfigFolders &folders)
{
    std::vector<Drift> drift;
    Problems problems;
    const auto disk = schema::readSourceFiles(folders.config, folders.state, problems);
    const auto before = byPath(files);
    const auto now = byPath(disk);
    const auto unreadable = [&](const std::string &path) {
        return std::any_of(problems.begin(), problems.end(),
                           [&](const Problem &one) { return one.source.file == path; });
    };
    for (const auto &[path, file] : before) {
        const auto same = now.find(path);
        if (same == now.end())
            drift.push_back({unreadable(path) ? Drift::Kind::unreadable : Drift::Kind::removed, path});
        else if (same->second->text != file->text)
            drift.push_back({Drift::Kind::changed, path});
    }
    for (const auto &[path, file] : now)
        if (!before.contains(path))
            drift.push_back({Drift::Kind::added, path});
    std::sort(drift.begin(), drift.end(), [](const Drift &a, const Drift &b) { return a.path < b.path; });
    return drift;
}

Result<ConfigStore> ConfigStore::open(ConfigFolders folders)
{
    auto revisions = RevisionStore::open(folders.state);
    if (!revisions)
        return forward(std::move(revisions));
    ConfigStore store(std::move(folders), std::move(*revisions));
    store.finishInterrupted();
    return store;
}

ConfigStore::ConfigStore(ConfigFolders folders, RevisionStore revisions)
    : m_folders{fs::absolute(folders.config).lexically_normal(), fs::absolute(folders.state).lexically_normal()},
      m_revisions(std::move(revisions))
{}

void ConfigStore::retryWriting()
{
    if (!m_revisions.writable())
        m_revisions.tryWriting();
}

BootConfiguration ConfigStore::boot(WallTime now) const
{
    BootConfiguration boot;
    const std::optional<Confirmation> confirmation = awaited();
    if (confirmation && confirmation->deadline <= now) {
        auto candidate = load(confirmation->goesBackTo);
        if (candidate && !hasErrors(candidate->loaded.problems)) {
            boot.candidate = std::move(*candidate);
            boot.revision = confirmation->goesBackTo;
            boot.toCommit = {"mainstay", notConfirmed(applied()), now};
            return boot;
        }
    }
    const auto &numbers = m_revisions.numbers();
    for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) {
        auto candidate = load(*number);
        if (candidate && !hasErrors(candidate->loaded.problems)) {
            boot.candidate = std::move(*candidate);
            boot.revision = *number;
            if (*number == applied())
                boot.confirmation = confirmation;
            return boot;
        }
        if (candidate) {
            const Problems &problems = candidate->loaded.problems;
            const auto first = std::find_if(problems.begin(), problems.end(),
                                            [](const Problem &problem) { return problem.severity == Severity::error; });
            boot.problems.push_back(setAside(*number, first->text()));
        } else {
            boot.problems.push_back(setAside(*number, candidate.error().message));
        }
    }
    boot.candidate = readDisk(m_folders);
    const Problems &problems = boot.candidate.loaded.problems;
    // A state folder that cannot be read takes nothing from what people wrote. But what could be read of a
    // configuration with errors is nothing to serve.
    const bool isInvalid = std::any_of(problems.begin(), problems.end(), [this](const Problem &problem) {
        const fs::path file = problem.source.file;
        const bool isOfState = problem.code.starts_with("file.") &&
                               std::ranges::mismatch(m_folders.state, file).in1 == m_folders.state.end();
        return problem.severity == Severity::error && !isOfState;
    });
    if (isInvalid)
        boot.candidate.loaded.configuration = {};
    if (!hasErrors(problems))
        boot.toCommit = {"mainstay", "first start", now};
    return boot;
}

Result<Candidate> ConfigStore::load(RevisionNumber number) const
{
    auto files = m_revisions.read(number);
    auto zones = m_revisions.readZones(number);
    if (!files)
        return forward(std::move(files));
    if (!zones)
        return forward(std::move(zones));
    return candidateOf(std::move(*files), std::move(*zones));
}

std::vector<Revision> ConfigStore::history() const
{
    std::vector<Revision> revisions;
    const auto &numbers = m_revisions.numbers();
    for (auto number = numbers.rbegin(); number != numbers.rend(); ++number)
        if (auto revision = m_revisions.describe(*number))
            revisions.push_back(std::move(*revision));
    return revisions;
}

Result<RevisionNumber> ConfigStore::commit(const Candidate &candidate, const Authorship &authorship,
                                           const std::optional<Confirmation> &confirmation)
{
    if (auto writable = m_revisions.tryWriting(); !writable)
        return forward(std::move(writable));
    // Both notes name the revision to come, so they mean nothing until it is there. What was noted for one by this
    // number that never came to be is not meant for this one.
    const RevisionNumber next = m_revisions.next();
    const auto before = awaited();
    std::string note = before ? confirmationText(applied(), *before) : "";
    if (confirmation)
        note += confirmationText(next, *confirmation);
    const fs::path unconfirmed = m_folders.state / kUnconfirmed;
    if (auto noted = note.empty() ? removeDurably(unconfirmed) : writeDurably(unconfirmed, note); !noted)
        return forward(std::move(noted));
    const bool writesManaged = managedDiffers(candidate.files);
    if (writesManaged)
        if (auto noted = writeDurably(m_folders.state / kPending, std::to_string(next) + "\n"); !noted)
            return forward(std::move(noted));
    auto number = m_revisions.add(candidate.files, candidate.zones, authorship);
    if (writesManaged)
        finishInterrupted();
    return number;
}

Result<> ConfigStore::confirm()
{
    return removeDurably(m_folders.state / kUnconfirmed);
}

std::optional<Confirmation> ConfigStore::awaited() const
{
    const auto text = schema::readTextFile(m_folders.state / kUnconfirmed);
    std::istringstream words(text.value_or(""));
    RevisionNumber revision = 0;
    RevisionNumber goesBackTo = 0;
    std::int64_t deadline = 0;
    while (words >> revision >> goesBackTo >> deadline)
        if (revision == applied())
            return Confirmation{goesBackTo, WallTime(Milliseconds(deadline))};
    return std::nullopt;
}

// The files of a revision that was stored are written again; of one that was not, nothing had been written.
void ConfigStore::finishInterrupted()
{
    std::error_code ignored;
    const fs::path pending = m_folders.state / kPending;
    if (!m_revisions.writable() || !fs::exists(pending, ignored))
        return;
    const auto number = schema::readTextFile(pending);
    if (number && *number == std::to_string(applied()) + "\n") {
        const auto files = m_revisions.read(applied());
        if (!files || !restoreManaged(*files))
            return;
    }
    fs::remove(pending, ignored);
}

bool ConfigStore::managedDiffers(const std::vector<SourceFile> &files) const
{
    Problems ignored;
    const auto disk = schema::readSourceFiles(m_folders.config, m_folders.state, ignored);
    const auto now = byPath(disk, Owner::managed);
    const auto wanted = byPath(files, Owner::managed);
    return !std::equal(now.begin(), now.end(), wanted.begin(), wanted.end(), [](const auto &a, const auto &b) {
        return a.first == b.first && a.second->text == b.second->text;
    });
}

Result<> ConfigStore::restoreManaged(const std::vector<SourceFile> &files) const
{
    const fs::path folder = m_folders.state / "managed.d";
    if (auto made = makeFolder(folder); !made)
        return made;
    Problems ignored;
    const auto wanted = byPath(files, Owner::managed);
    const auto disk = schema::readSourceFiles(m_folders.config, m_folders.state, ignored);
    const auto now = byPath(disk, Owner::managed);
    for (const auto &[path, file] : wanted) {
        const auto same = now.find(path);
        if (same != now.end() && same->second->text == file->text)
            continue;
        if (auto written = writeDurably(folder / fs::path(path).filename(), file->text); !written)
            return written;
    }
    std::error_code error;
    for (const auto &[path, file] : now)
        if (!wanted.contains(path))
            fs::remove(path, error);
    return syncFolder(folder);
}

Result<Comparison> ConfigStore::compare(RevisionNumber from, Candidate after) const
{
    Candidate before;
    if (from != 0) {
        auto loaded = load(from);
        if (!loaded)
            return forward(std::move(loaded));
        before = std::move(*loaded);
    }
    auto changes = schema::difference(before.loaded.configuration, after.loaded.configuration);
    for (const auto &[name, texts] : after.zones)
        if (const auto known = before.zones.find(name); known != before.zones.end() && known->second != texts)
            changes.push_back({schema::ObjectChange::Kind::changed,
                               schema::joinPath("zone", name),
                               {{"(content)", {}, "its files are others"}}});
    return Comparison{std::move(changes), std::move(after.loaded)};
}

} // namespace mainstay::control
