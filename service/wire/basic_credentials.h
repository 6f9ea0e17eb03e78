// SPDX-License-Identifier: GPL-3.0-or-later
// User and password as an Authorization field carries them (RFC 7617).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mainstay::wire {

// Never to be logged.
struct BasicCredentials {
    std::string user; // not empty, without ":"
    std::string password;
};

inline constexpr std::size_t kMostCredentials = 1024; // bytes of the field

// Nothing unless the field is of the scheme Basic, with base64 to the letter behind it, and neither part has control
// characters.
[[nodiscard]] std::optional<BasicCredentials> parseBasicCredentials(std::string_view field);

} // namespace mainstay::wire
