// SPDX-License-Identifier: GPL-3.0-or-later
// What a file's name says of its content.
#pragma once

#include <string_view>

namespace mainstay::http {

// By the name's ending, in any case; "application/octet-stream" when it says nothing. Text is taken to be UTF-8.
[[nodiscard]] std::string_view mediaTypeOf(std::string_view fileName) noexcept;

} // namespace mainstay::http
