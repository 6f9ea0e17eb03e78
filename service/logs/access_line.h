// SPDX-License-Identifier: GPL-3.0-or-later
// One line of an access log, in the combined format that every log analyser reads.
#pragma once

#include "base/endpoint.h"

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace mainstay::logs {

// What is known of a request that was answered. Views need to live only until it is appended. Text comes as the
// client sent it; empty becomes "-".
struct AccessRecord {
    IpAddress client;
    std::string_view method;
    std::string_view target;
    std::string_view protocol;    // "HTTP/1.1"
    std::string_view refusedLine; // instead of these three: the beginning of what was no request
    unsigned status = 0;
    std::uint64_t bytes = 0; // of the body sent
    std::string_view referer;
    std::string_view userAgent;
    std::string_view user;      // who has signed in
    std::string_view requestId; // ends the line, in quotes, where there is one
};

// Worker thread. The date of a line, put together once a second.
class AccessDate {
public:
    // "10/Oct/2000:13:55:36 +0000", always UTC, for seconds since 1970. Valid until the next call.
    [[nodiscard]] std::string_view at(std::int64_t seconds) noexcept;

private:
    std::int64_t m_second = std::numeric_limits<std::int64_t>::min();
    std::array<char, 26> m_text{};
};

// Appends one line with its newline. Quotes, backslashes, control characters and bytes outside ASCII are written as
// \xHH, so that nothing a client sends can forge a line or a field.
void appendCombined(std::string &out, const AccessRecord &record, std::string_view date);

} // namespace mainstay::logs
