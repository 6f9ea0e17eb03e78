// SPDX-License-Identifier: GPL-3.0-or-later
// A request and its answer, as handlers see them: nothing here knows what carries them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mainstay::apphost {

using Headers = std::vector<std::pair<std::string, std::string>>;

// What whoever may ask this program says, and nobody else gets to see.
inline constexpr std::string_view kTokenHeader = "Mainstay-Token";

// Names are compared without regard to case. Nothing when there is none.
[[nodiscard]] std::optional<std::string_view> header(const Headers &headers, std::string_view name);

[[nodiscard]] bool isSameHeader(std::string_view one, std::string_view other);

// Immutable.
struct Request {
    std::string method; // "GET"
    std::string path;   // as it came, still percent-encoded
    std::string query;  // without "?", still percent-encoded
    Headers headers;
    std::string body;
};

struct Response {
    int status = 200;
    Headers headers; // what frames the message, as Content-Length does, is not for handlers to set
    std::string body;
};

} // namespace mainstay::apphost
