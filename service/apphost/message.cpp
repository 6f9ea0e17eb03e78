// SPDX-License-Identifier: GPL-3.0-or-later
#include "apphost/message.h"

#include <algorithm>

namespace mainstay::apphost {
namespace {

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

} // namespace

bool isSameHeader(std::string_view one, std::string_view other)
{
    return std::ranges::equal(one, other, {}, lower, lower);
}

std::optional<std::string_view> header(const Headers &headers, std::string_view name)
{
    for (const auto &[key, value] : headers)
        if (isSameHeader(key, name))
            return value;
    return std::nullopt;
}

} // namespace mainstay::apphost
