// SPDX-License-Identifier: GPL-3.0-or-later
// Text that a client sent, made fit for a line of a log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mainstay::logs {

// With quotes, backslashes, control characters, bytes outside ASCII and `end` as \xHH.
void appendEscaped(std::string &out, std::string_view text, char end = '"');
// The same, "-" for nothing.
void appendOrDash(std::string &out, std::string_view text, char end = '"');
// With its quotes, as a string of JSON (RFC 8259), all of it UTF-8: a byte that is none becomes U+FFFD. Control
// characters, those of Unicode included, are escaped.
void appendJsonString(std::string &out, std::string_view text);

void appendNumber(std::string &out, std::uint64_t number);
// "12.345" for 12345 microseconds.
void appendMillis(std::string &out, std::int64_t micros);

} // namespace mainstay::logs
