// SPDX-License-Identifier: GPL-3.0-or-later
// What makes a struct a method of the management protocol.
#pragma once

#include "rpc/describe.h"

#include <concepts>
#include <string_view>

namespace mainstay::rpc {

// What a caller may do. Ordered: who may change may look too.
enum class Access : std::uint8_t { none, look, change };

constexpr auto enumerators(Access)
{
    return std::array{
        Enumerator{Access::none, "none", MS_NOOP("Rpc", "None")},
        Enumerator{Access::look, "look", MS_NOOP("Rpc", "Look")},
        Enumerator{Access::change, "change", MS_NOOP("Rpc", "Change")},
    };
}

struct MethodInfo {
    std::string_view name;
    Access access = Access::look;
    std::string_view summary;
};

// A struct is a request: its members are the parameters, kMethod its name. A request has either a Result, which
// answers it once, or an Event, of which it opens a stream.
template <class T>
concept Request = requires {
    {
        T::kMethod
    } -> std::convertible_to<const MethodInfo &>;
};

template <class T>
concept Method = Request<T> && requires { typename T::Result; };

template <class T>
concept StreamMethod = Request<T> && requires { typename T::Event; };

// The answer of a call that has nothing to tell but that it was done.
struct Done {
    template <class Visitor>
    static void describe(Visitor &&)
    {}
};

} // namespace mainstay::rpc
