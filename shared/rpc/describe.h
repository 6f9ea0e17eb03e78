// SPDX-License-Identifier: GPL-3.0-or-later
// The values of the management protocol describe themselves as the configuration's objects do (config/setting.h);
// here is what else one needs: the descriptions of base's types, and the names of enumerators.
#pragma once

#include "base/problem.h"
#include "base/result.h"
#include "config/setting.h"

#include <array>
#include <concepts>
#include <string_view>

namespace mainstay {

constexpr auto enumerators(Severity)
{
    return std::array{
        config::Enumerator{Severity::warning, "warning", MS_NOOP("Rpc", "Warning")},
        config::Enumerator{Severity::error, "error", MS_NOOP("Rpc", "Error")},
    };
}

} // namespace mainstay

namespace mainstay::rpc {

using config::Enumerator;
using config::Setting;

// Where the description of T is found: its own describe(), or a specialisation for a type of shared/base.
// In a request a `required` member may not be left out; any other then keeps its initialiser.
template <class T>
struct Members {
    template <class Visitor>
    static void describe(Visitor &&visitor)
        requires requires { T::describe(visitor); }
    {
        T::describe(visitor);
    }
};

template <class E>
concept NamedEnum = requires(E value) { enumerators(value); };

template <NamedEnum E>
[[nodiscard]] constexpr std::string_view nameOf(E value) noexcept
{
    for (const auto &enumerator : enumerators(E())) {
        if (enumerator.value == value)
            return enumerator.name;
    }
    return {};
}

template <>
struct Members<SourcePlace> {
    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&SourcePlace::file, "file", {.help = "File as people named it"});
        v(&SourcePlace::line, "line", {.help = "Counts from 1; 0 when unknown"});
        v(&SourcePlace::column, "column", {.help = "Counts from 1; 0 when unknown"});
    }
};

template <>
struct Members<Problem> {
    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&Problem::code, "code", {.help = "Stable name of the kind of problem"});
        v(&Problem::path, "path", {.help = "The object or setting concerned, as in site.shop.root"});
        v(&Problem::message, "message", {.help = "What is wrong"});
        v(&Problem::remedy, "remedy", {.help = "What to do about it"});
        v(&Problem::source, "source", {.help = "Where it stands"});
        v(&Problem::severity, "severity", {.help = "An error refuses the whole change"});
    }
};

template <>
struct Members<Error> {
    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&Error::code, "code", {.help = "Stable name of the kind of error"});
        v(&Error::message, "message", {.help = "What happened to which object"});
        v(&Error::remedy, "remedy", {.help = "What to do about it"});
    }
};

} // namespace mainstay::rpc
