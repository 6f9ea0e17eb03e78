// SPDX-License-Identifier: GPL-3.0-or-later
// Status codes and their phrases (RFC 9110 section 15).
#pragma once

#include <string_view>

namespace mainstay {

// "Not Found"; for a code that is not registered, a phrase for its class.
[[nodiscard]] std::string_view reasonPhrase(unsigned status) noexcept;

} // namespace mainstay
