// SPDX-License-Identifier: GPL-3.0-or-later
// The configuration's one truth on disk: what people and programs wrote, and every revision that was applied.
#pragma once

#include "base/problem.h"
#include "base/result.h"
#include "control/revision_store.h"
#include "schema/difference.h"
#include "schema/reader.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace mainstay::control {

// Immutable.
struct ConfigFolders {
    std::filesystem::path config; // mainstay.toml and conf.d, written by people alone
    std::filesystem::path state;  // managed.d and revisions, written by the service alone
};

// Immutable. Files and what they say. May be applied when hasErrors(loaded.problems) is false.
struct Candidate {
    std::vector<schema::SourceFile> files;
    schema::Loaded loaded;
};

// Any thread. Reads and validates what stands on disk now. Needs no service and writes nothing.
[[nodiscard]] Candidate readDisk(const ConfigFolders &folders);

// Immutable. A file on disk that is not as in the revision applied.
struct Drift {
    enum class Kind : std::uint8_t { added, removed, changed, unreadable };

    Kind kind = Kind::changed;
    std::string path;

    friend bool operator==(const Drift &, const Drift &) = default;
};

[[nodiscard]] std::string_view driftName(Drift::Kind kind);

// Immutable. What the service starts with.
struct BootConfiguration {
    Candidate candidate;
    // 0 when the candidate is what stands on disk, to be committed as revision 1 once it runs. It may then have
    // errors.
    RevisionNumber revision = 0;
    // Why it is not the newest revision. Never errors of the candidate itself.
    Problems problems;
};

// Control thread. To apply: candidate = readDisk(), no errors, publish, commit(). To roll back: candidate = load(N),
// publish, commit().
class ConfigStore {
public:
    // Fails as RevisionStore::open() does. A state folder that cannot be written is no failure: reading works, and
    // commit() fails with writable()'s error.
    static Result<ConfigStore> open(ConfigFolders folders);

    [[nodiscard]] const Result<> &writable() const { return m_revisions.writable(); }
    [[nodiscard]] const ConfigFolders &folders() const { return m_folders; }

    // The newest revision that is valid; those after it that are not are problems.
    [[nodiscard]] BootConfiguration boot() const;
    [[nodiscard]] Candidate readDisk() const { return control::readDisk(m_folders); }
    // A revision as it was: relative paths are relative to where its files stood. Fails with "revision.unknown" or
    // "revision.damaged".
    [[nodiscard]] Result<Candidate> load(RevisionNumber number) const;

    // 0 when there is none.
    [[nodiscard]] RevisionNumber applied() const { return m_revisions.newest(); }
    // Newest first. Damaged ones are left out.
    [[nodiscard]] std::vector<Revision> history() const;

    // Makes the candidate the applied revision, durably. Files in managed.d become as the candidate has them. On
    // failure the revision before stays.
    Result<RevisionNumber> commit(const Candidate &candidate, const Authorship &authorship);

    // From a revision (0: the empty configuration) to another, or to what stands on disk.
    [[nodiscard]] Result<std::vector<schema::ObjectChange>> diff(RevisionNumber from,
                                                                 std::optional<RevisionNumber> to) const;
    // How the files on disk differ from the applied revision, by path; nothing without one.
    [[nodiscard]] std::vector<Drift> drift() const;

private:
    ConfigStore(ConfigFolders folders, RevisionStore revisions);

    void finishInterrupted();
    Result<> restoreManaged(const std::vector<schema::SourceFile> &files) const;
    [[nodiscard]] bool managedDiffers(const std::vector<schema::SourceFile> &files) const;

    ConfigFolders m_folders;
    RevisionStore m_revisions;
};

} // namespace mainstay::control
