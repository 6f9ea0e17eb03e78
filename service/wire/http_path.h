// SPDX-License-Identifier: GPL-3.0-or-later
// The path of a request as routing and the file system may use it.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace mainstay::wire {

// Percent-decodes a path, removes its dot segments (RFC 3986 section 5.2.4) and joins repeated slashes. The result
// starts with "/", holds no "." or ".." segment and is never longer than the path. It ends in "/" when the path does
// or when its last segment was a dot segment.
// An encoded slash is one in the result, so that no route is got around by it: see hasEncodedSlash().
// Nothing when the path does not start with "/", leaves the root, has a bad escape, a NUL or a backslash, or an encoded
// slash beside what would have to be removed or joined (whose meaning would differ from one program to the next), or
// does not fit into `out`. Views into `out`.
[[nodiscard]] std::optional<std::string_view> normalizePath(std::string_view path, std::span<char> out) noexcept;

// Whether the path, as it came, has a "%2F". It means what the program behind takes it for; no file has one in its
// name.
[[nodiscard]] bool hasEncodedSlash(std::string_view path) noexcept;

} // namespace mainstay::wire
