// SPDX-License-Identifier: GPL-3.0-or-later
// Zone files to zones.
#pragma once

#include "snapshot/zone.h"
#include "zones/zone_checks.h"
#include "zones/zone_difference.h"
#include "zones/zone_editor.h"
#include "zones/zone_scanner.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mainstay::zones {

struct LoadOptions {
    wire::Name apex;
    // The zone's in the configuration; stands in problems.
    std::string path;
    std::uint32_t defaultTtl = ScanOptions{}.defaultTtl;
    std::uint64_t generateLimit = ScanOptions{}.generateLimit;
    ZoneFileSource source = {};
    // LoadedZone's of the version that is updated.
    std::vector<wire::Name> lackingGlue = {};
};

struct LoadedZone {
    // Nothing when there were errors. The current zone itself when the file says the same.
    std::shared_ptr<const snapshot::Zone> zone;
    Problems problems;
    std::vector<wire::Name> lackingGlue;      // delegations that are warned of, to be looked at again
    std::size_t changedNames = 0;             // added, changed or removed
    std::vector<std::filesystem::path> files; // it was read from
};

// Any one thread, not a worker's: a million names take seconds. Read first, then finish, once each.
class ZoneLoader final : private RecordSink {
public:
    // With the current version of the zone, the next one shares with it every name that stays as it is, and is made
    // while reading: finish() takes the time of what changed, not of what there is.
    explicit ZoneLoader(const LoadOptions &options, std::shared_ptr<const snapshot::Zone> current = {});

    void readFile(const std::filesystem::path &file) { m_isRead = m_scanner.scanFile(file); }
    // `name` stands in problems for the file's.
    void readText(std::string_view text, const std::string &name) { m_scanner.scanText(text, name); }
    [[nodiscard]] LoadedZone finish();

private:
    void take(const ZoneRecord &record) override;
    void gather(const ZoneRecord &record);
    void putGathered();
    void put(wire::NameView name, SourceLine at, NodeDraft &draft);
    [[nodiscard]] bool isDataAllowed(const ZoneRecord &record);

    std::shared_ptr<const snapshot::Zone> m_current; // null when the zone is made from nothing
    ScanOptions m_scanOptions;
    ZoneProblems m_problems;
    ZoneEditor m_editor;
    ZoneChecks m_checks;
    std::optional<ZoneDifference> m_difference;
    ZoneScanner m_scanner;
    std::size_t m_changedNames = 0;
    bool m_isRead = true; // false when there is nothing to look at

    // Made from nothing: records of one owner that came in a row.
    NodeDraft m_draft;
    wire::Name m_owner;
    SourceLine m_lastLine;
};

// All of it at once.
[[nodiscard]] LoadedZone loadZone(const LoadOptions &options, const std::filesystem::path &file,
                                  std::shared_ptr<const snapshot::Zone> current = {});

} // namespace mainstay::zones
