// SPDX-License-Identifier: GPL-3.0-or-later
// The configuration's one truth on disk: what people and programs wrote, and every revision that was applied.
#pragma once

#include "base/clock.h"
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

// Immutable. Files, what they say, and the zones that go with it. May be applied when hasErrors(loaded.problems) is
// false.
struct Candidate {
    std::vector<schema::SourceFile> files;
    schema::Loaded loaded;
    TextsByZone zones; // as they were applied; none of what stands on disk

    [[nodiscard]] bool servesNothing() const noexcept { return loaded.configuration.listeners.empty(); }
};

// The code of the warning that there is none.
inline constexpr const char *kNoConfiguration = "config.none";

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

// Any thread. How the files on disk differ from those of a revision, by path.
[[nodiscard]] std::vector<Drift> driftFrom(const std::vector<schema::SourceFile> &files, const ConfigFolders &folders);

// Immutable. A revision is taken back at the deadline unless it is confirmed before.
struct Confirmation {
    RevisionNumber goesBackTo = 0;
    WallTime deadline;

    friend bool operator==(const Confirmation &, const Confirmation &) = default;
};

// Why a revision is gone back from, for the history.
[[nodiscard]] std::string notConfirmed(RevisionNumber number);

// Immutable. What the service starts with.
struct BootConfiguration {
    // What stands on disk when there is no revision to run. It may then have errors, and its configuration is empty.
    Candidate candidate;
    // The newest revision, or the one before it that can be used; 0 when there is none.
    RevisionNumber revision = 0;
    // Who to commit the candidate for, where it is not the newest revision already.
    std::optional<Authorship> toCommit;
    // What the revision still waits for.
    std::optional<Confirmation> confirmation;
    // Why it is not the newest revision. Never errors of the candidate itself.
    Problems problems;
};

// Immutable. What differs between two configurations, and the second of them.
struct Comparison {
    std::vector<schema::ObjectChange> changes;
    schema::Loaded after;
};

// Control thread. To apply: candidate = readDisk(…), no errors, commit(), publish. To roll back: candidate = load(N),
// commit(), publish.
class ConfigStore {
public:
    // Fails as RevisionStore::open() does. A state folder that cannot be written is no failure: reading works, and
    // commit() fails with writable()'s error.
    static Result<ConfigStore> open(ConfigFolders folders);

    // As of the last commit, or of open().
    [[nodiscard]] const Result<> &writable() const { return m_revisions.writable(); }
    // Tries again where it was not.
    void retryWriting();
    [[nodiscard]] const ConfigFolders &folders() const { return m_folders; }

    // The newest revision that is valid; those after it that are not are problems. One that was not confirmed in time
    // is passed over for the one it goes back to.
    [[nodiscard]] BootConfiguration boot(WallTime now = WallClock::now()) const;
    // A revision as it was: relative paths are relative to where its files stood. Fails with "revision.unknown" or
    // "revision.damaged".
    [[nodiscard]] Result<Candidate> load(RevisionNumber number) const;

    // 0 when there is none.
    [[nodiscard]] RevisionNumber applied() const { return m_revisions.newest(); }
    // Newest first. Damaged ones are left out.
    [[nodiscard]] std::vector<Revision> history() const;

    // Makes the candidate the applied revision, durably. Files in managed.d become as the candidate has them. On
    // failure the revision before stays, and what it waits for.
    Result<RevisionNumber> commit(const Candidate &candidate, const Authorship &authorship,
                                  const std::optional<Confirmation> &confirmation = {});
    // The applied revision stays, whatever it waited for.
    Result<> confirm();

    // From a revision (0: the empty configuration) to another configuration.
    [[nodiscard]] Result<Comparison> compare(RevisionNumber from, Candidate after) const;

private:
    ConfigStore(ConfigFolders folders, RevisionStore revisions);

    void finishInterrupted();
    [[nodiscard]] std::optional<Confirmation> awaited() const;
    Result<> restoreManaged(const std::vector<schema::SourceFile> &files) const;
    [[nodiscard]] bool managedDiffers(const std::vector<schema::SourceFile> &files) const;

    ConfigFolders m_folders;
    RevisionStore m_revisions;
};

} // namespace mainstay::control
