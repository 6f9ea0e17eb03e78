// SPDX-License-Identifier: GPL-3.0-or-later
// Zones as they are read before they can be served: from their files as people have them, or as they were applied.
#pragma once

#include "base/clock.h"
#include "base/problem.h"
#include "control/file_stamp.h"
#include "control/zone_texts.h"
#include "snapshot/zone.h"
#include "wire/dns_name.h"

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mainstay::control {

// Immutable, but for what changedFiles() learns. A zone as read, and which versions of its files that was.
struct PreparedZone {
    // Those that say something else on disk by now. Any thread that may block on a disk, several at a time.
    [[nodiscard]] std::vector<std::filesystem::path> changedFiles() const;
    // A file had changed so lately that it may have changed again within one step of the clock: the stamps tell
    // nothing, until changedFiles() has found the same text after that step. Any thread.
    [[nodiscard]] bool isFresh() const noexcept { return fresh && *fresh; }

    std::shared_ptr<const snapshot::Zone> zone; // null when it has errors
    std::filesystem::path file;
    std::vector<FileStamp> stamps;            // of the file and of what it includes
    ZoneTexts texts;                          // of the same; empty when they are not stored
    std::shared_ptr<std::atomic<bool>> fresh; // of all copies, whose stamps are the same; null is false
    WallTime loaded;
    Problems problems;
    std::vector<wire::Name> lackingGlue; // delegations that are warned of
};

// Thread pool, one at a time for a state folder: it blocks on disk.
class ZoneReader {
public:
    // What to read. `current` is the version known, to which the other is read as a difference; or null.
    struct Request {
        wire::Name apex;
        std::string path; // in the configuration
        std::filesystem::path file;
        std::shared_ptr<const snapshot::Zone> current;
        std::vector<wire::Name> lackingGlue{}; // in that
    };

    // `storesTexts`: so that what is read from disk can be read as it was applied later. Otherwise nothing is written.
    ZoneReader(std::filesystem::path stateFolder, bool storesTexts);

    [[nodiscard]] PreparedZone readFromDisk(const Request &request);
    // Whatever became of the files since. Fails with "zone.text-damaged" when what was stored is not there whole.
    [[nodiscard]] Result<PreparedZone> readAsApplied(const Request &request, const ZoneTexts &texts) const;
    // Once all is read: makes the texts outlast a crash. On failure none of them counts as stored.
    [[nodiscard]] Result<> store() { return m_intake ? m_intake->store() : Result<>(); }

private:
    std::filesystem::path m_texts;
    std::optional<ZoneTextIntake> m_intake;
};

} // namespace mainstay::control
