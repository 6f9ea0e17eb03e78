// SPDX-License-Identifier: GPL-3.0-or-later
// Choosing, storing and comparing revisions.
#include "control/config_store.h"

#include "control/durable_file.h"

#include <algorithm>
#include <map>
#include <system_error>

namespace mainstay::control {
namespace {

namespace fs = std::filesystem;
using schema::Owner;
using schema::SourceFile;

// Names the revision whose managed files are being written. While it is there, managed.d may be half of one.
constexpr const char *kPending = "managed.pending";

Candidate candidateOf(std::vector<SourceFile> files)
{
    schema::Loaded loaded = schema::readConfiguration(files);
    return {std::move(files), std::move(loaded)};
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

} // namespace

Candidate readDisk(const ConfigFolders &folders)
{
    Problems problems;
    Candidate candidate = candidateOf(schema::readSourceFiles(folders.config, folders.state, problems));
    Problems &found = candidate.loaded.problems;
    found.insert(found.begin(), problems.begin(), problems.end());
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

BootConfiguration ConfigStore::boot() const
{
    BootConfiguration boot;
    const auto &numbers = m_revisions.numbers();
    for (auto number = numbers.rbegin(); number != numbers.rend(); ++number) {
        auto candidate = load(*number);
        if (candidate && !hasErrors(candidate->loaded.problems)) {
            boot.candidate = std::move(*candidate);
            boot.revision = *number;
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
    boot.candidate = readDisk();
    return boot;
}

Result<Candidate> ConfigStore::load(RevisionNumber number) const
{
    return m_revisions.read(number).map(candidateOf);
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

Result<RevisionNumber> ConfigStore::commit(const Candidate &candidate, const Authorship &authorship)
{
    const bool writesManaged = m_revisions.writable() && managedDiffers(candidate.files);
    if (writesManaged)
        if (auto noted = writeDurably(m_folders.state / kPending, std::to_string(m_revisions.next()) + "\n"); !noted)
            return forward(std::move(noted));
    auto number = m_revisions.add(candidate.files, authorship);
    if (writesManaged)
        finishInterrupted();
    return number;
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

Result<std::vector<schema::ObjectChange>> ConfigStore::diff(RevisionNumber from, std::optional<RevisionNumber> to) const
{
    Candidate before;
    if (from != 0) {
        auto loaded = load(from);
        if (!loaded)
            return forward(std::move(loaded));
        before = std::move(*loaded);
    }
    auto after = to ? load(*to) : Result<Candidate>(readDisk());
    if (!after)
        return forward(std::move(after));
    return schema::difference(before.loaded.configuration, after->loaded.configuration);
}

std::vector<Drift> ConfigStore::drift() const
{
    std::vector<Drift> drift;
    const auto stored = applied() == 0 ? Result<std::vector<SourceFile>>() : m_revisions.read(applied());
    if (applied() == 0 || !stored)
        return drift;
    Problems problems;
    const auto disk = schema::readSourceFiles(m_folders.config, m_folders.state, problems);
    const auto before = byPath(*stored);
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

} // namespace mainstay::control
