// SPDX-License-Identifier: GPL-3.0-or-later
// Collects what is wrong with a zone, each where it stands.
#pragma once

#include "base/problem.h"
#include "zones/zone_record.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace mainstay::zones {

// Any one thread. Keeps the first `limit` problems and counts the rest, so that a file that is no zone file at all
// does not fill the memory.
class ZoneProblems {
public:
    // `path` is the zone's in the configuration and stands in each problem.
    explicit ZoneProblems(std::string path, std::size_t limit = 200) : m_path(std::move(path)), m_limit(limit) {}

    // The number that SourceLine uses for a file.
    std::uint32_t addFile(std::string name);
    void error(SourceLine at, std::string code, std::string message, std::string remedy);
    void warning(SourceLine at, std::string code, std::string message, std::string remedy);

    [[nodiscard]] bool hasErrors() const noexcept { return m_hasErrors; }
    // All that was kept, with one more that counts what was not. Leaves nothing behind.
    [[nodiscard]] Problems take();

private:
    void add(SourceLine at, Severity severity, std::string code, std::string message, std::string remedy);

    std::string m_path;
    std::size_t m_limit;
    std::vector<std::string> m_files;
    Problems m_problems;
    std::size_t m_left = 0;
    bool m_hasErrors = false;
};

} // namespace mainstay::zones
