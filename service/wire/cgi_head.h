// SPDX-License-Identifier: GPL-3.0-or-later
// The head of a script's response (RFC 3875 section 6), which becomes that of an HTTP response.
#pragma once

#include "wire/http1_head.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace mainstay::wire {

// Worker thread. Never allocates.
class CgiHead {
public:
    static constexpr std::size_t kMaxBytes = std::size_t{64} * 1024;

    // Looks for the empty line behind the head at the front of `bytes`; lines end in LF or CRLF. After `needMore`, call
    // again with the same bytes (they may have moved) and more behind them. Never `malformed`.
    [[nodiscard]] ParseStatus find(std::string_view bytes) noexcept;
    // Bytes the head takes, with the empty line. The body starts here. Valid when complete.
    [[nodiscard]] std::size_t length() const noexcept { return m_lineStart; }

private:
    std::size_t m_lineStart = 0;
    std::size_t m_examined = 0; // up to here there is no end of that line
};

// Writes the head, as far as CgiHead::length(), as that of an HTTP/1.1 response, for ResponseHead to read: that has the
// last word on what is well-formed. The status is that of Status, or else 302 when there is a Location, which is always
// left to the client to follow, and 200. Fields that are for the server's connection alone (section 6.3.4) are left
// out. Returns the size; 0 when it does not fit, when there is none of the fields one of which must be there
// (section 6.2), or when Status occurs twice.
[[nodiscard]] std::size_t writeHttpHead(std::string_view cgiHead, std::span<char> out) noexcept;

} // namespace mainstay::wire
