// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace mainstay::config {

// What somebody wrote, in a message about it.
[[nodiscard]] inline std::string quoted(std::string_view text)
{
    return "`" + std::string(text) + "`";
}

} // namespace mainstay::config
