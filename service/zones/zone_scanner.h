// SPDX-License-Identifier: GPL-3.0-or-later
// Reads zone files (RFC 1035 5): libzscanner for the records; $INCLUDE, $GENERATE, relative origins and missing TTLs
// here.
#pragma once

#include "base/regular_file.h"
#include "wire/dns_name.h"
#include "zones/zone_problems.h"
#include "zones/zone_record.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct zs_scanner;

namespace mainstay::zones {

class ZoneTextInput;

// Where the texts of a zone's files come from: the files themselves, or what was stored of them.
struct ZoneFileSource {
    // As openRegularFile().
    std::function<OpenedFile(const std::filesystem::path &)> open = openRegularFile;
    // Holds these files alone and was checked when it was made: where they stand on disk now is not looked at.
    bool isClosed = false;
};

struct ScanOptions {
    wire::Name origin;
    // For records before any TTL is stated, when there is no SOA to take its minimum from.
    std::uint32_t defaultTtl = 3600;
    // How many records one $GENERATE may make.
    std::uint64_t generateLimit = 1'000'000;
    ZoneFileSource source;
};

// Any one thread. Hands every record to the sink as soon as it is read and goes on after problems. A file is read by
// the piece, so memory does not grow with it, and may be cut short meanwhile. Lines may end as on Windows.
//
// A record without a TTL takes $TTL, else the last one stated (RFC 1035 5.1), else the minimum of the SOA.
class ZoneScanner {
public:
    ZoneScanner(const ScanOptions &options, RecordSink &sink, ZoneProblems &problems);

    // $INCLUDE reaches files in the folder of `file` and below. False when the file itself cannot be read at all.
    bool scanFile(const std::filesystem::path &file);
    // $INCLUDE is refused. `name` stands in problems.
    void scanText(std::string_view text, const std::string &name);
    // Those that were read, or could not be: the one named first, then the included ones.
    [[nodiscard]] const std::vector<std::filesystem::path> &files() const noexcept { return m_files; }

private:
    void scan(ZoneTextInput &input, zs_scanner &scanner, std::uint32_t file, const std::filesystem::path &folder);
    std::optional<std::size_t> scanSegment(zs_scanner &scanner, std::string_view segment, bool whole,
                                           std::uint32_t file, const std::filesystem::path &folder);
    void include(const zs_scanner &scanner, SourceLine at, const std::filesystem::path &folder);
    bool readFile(const std::filesystem::path &file, const zs_scanner &scanner, SourceLine at);
    void setOrigin(std::string_view line, zs_scanner &scanner, SourceLine at);
    void generate(std::string_view line, const zs_scanner &scanner, SourceLine at);
    void takeRecord(const zs_scanner &scanner, SourceLine at);
    void report(const zs_scanner &scanner, SourceLine at);
    [[nodiscard]] std::uint32_t ttlOf(const zs_scanner &scanner, SourceLine at);

    const ScanOptions &m_options;
    RecordSink &m_sink;
    ZoneProblems &m_problems;
    std::filesystem::path m_root; // nothing outside is included; empty for texts
    std::vector<std::filesystem::path> m_files;
    unsigned m_depth = 0; // of includes
    bool m_hasTtl = false;
    std::uint32_t m_lastTtl = 0; // meant for records without one, if m_hasTtl
};

} // namespace mainstay::zones
