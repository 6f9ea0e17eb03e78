// SPDX-License-Identifier: GPL-3.0-or-later
// The revisions of the configuration on disk: the text of every file and zone, who applied it, when and why.
#pragma once

#include "base/clock.h"
#include "base/problem.h"
#include "base/result.h"
#include "control/zone_texts.h"
#include "schema/source_file.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace mainstay::control {

// Counts from 1 and only upwards; 0 is none.
using RevisionNumber = std::uint32_t;

// Immutable. Who applied a change, when and why.
struct Authorship {
    std::string author;
    std::string reason;
    WallTime time = WallClock::now();
};

// Immutable.
struct Revision {
    RevisionNumber number = 0;
    Authorship authorship;
};

// Control thread. A revision is one folder, STATE/revisions/N, that appears by a rename, so it is there whole or not
// at all; the newest is the one applied. Text is checked against a digest when it is read.
class RevisionStore {
public:
    static constexpr std::uint32_t kFormat = 1;
    static constexpr std::size_t kKept = 100;

    // Removes what an interrupted write left. Fails with "state.newer" when a later version wrote the folder. One that
    // cannot be written, or whose version cannot be told ("state.damaged"), is no failure: see writable().
    static Result<RevisionStore> open(std::filesystem::path stateFolder);

    // Whether add() can work, or the error that names the folder, as of the last try.
    [[nodiscard]] const Result<> &writable() const { return m_writable; }
    // Tries again: folders fill up, change owners and are repaired while the service runs.
    const Result<> &tryWriting();

    // 0 when there is none.
    [[nodiscard]] RevisionNumber newest() const { return m_numbers.empty() ? 0 : m_numbers.back(); }
    // Ascending.
    [[nodiscard]] const std::vector<RevisionNumber> &numbers() const { return m_numbers; }

    // All fail with "revision.unknown" or "revision.damaged".
    [[nodiscard]] Result<Revision> describe(RevisionNumber number) const;
    [[nodiscard]] Result<std::vector<schema::SourceFile>> read(RevisionNumber number) const;
    // The texts of its zones, as far as they were stored: those of older versions of Mainstay were not.
    [[nodiscard]] Result<TextsByZone> readZones(RevisionNumber number) const;

    // Stores the next revision and forgets the oldest beyond kKept, and the texts of zones that only they had. On
    // failure nothing has changed.
    Result<RevisionNumber> add(const std::vector<schema::SourceFile> &files, const TextsByZone &zones,
                               const Authorship &authorship);
    // What add() will return.
    [[nodiscard]] RevisionNumber next() const { return newest() + 1; }

private:
    explicit RevisionStore(std::filesystem::path stateFolder);

    Result<> checkFormat();
    Result<> prepareFolder();
    void list();
    void removeLeftovers();
    void prune();
    void forgetZoneTexts() const;
    [[nodiscard]] std::filesystem::path folderOf(RevisionNumber number) const;

    std::filesystem::path m_state;
    std::filesystem::path m_revisions;
    Result<> m_writable;
    std::vector<RevisionNumber> m_numbers;
};

} // namespace mainstay::control
