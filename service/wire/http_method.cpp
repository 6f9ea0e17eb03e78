// SPDX-License-Identifier: GPL-3.0-or-later
// See http_method.h.
#include "wire/http_method.h"

#include <array>
#include <cstddef>

namespace mainstay::wire {
namespace {

// In the order of Method.
constexpr std::array<std::string_view, 9> kMethods = {"GET",     "HEAD",  "POST",    "PUT",  "DELETE",
                                                      "OPTIONS", "PATCH", "CONNECT", "TRACE"};

} // namespace

Method methodOf(std::string_view text) noexcept
{
    for (std::size_t i = 0; i < kMethods.size(); ++i) {
        if (text == kMethods[i])
            return static_cast<Method>(i);
    }
    return Method::other;
}

std::string_view methodText(Method method) noexcept
{
    return method == Method::other ? std::string_view{} : kMethods[static_cast<std::size_t>(method)];
}

} // namespace mainstay::wire
