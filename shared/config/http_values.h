// SPDX-License-Identifier: GPL-3.0-or-later
// What routes ask of requests and change in them, each with its text form.
#pragma once

#include "base/network.h"
#include "config/values.h"

#include <string>
#include <string_view>

namespace mainstay::config {

// Immutable. A condition on something that has a name and perhaps a value.
struct NamedMatch {
    enum class Kind : std::uint8_t { present, absent, equal };

    std::string name;
    std::string value; // of Kind::equal
    Kind kind = Kind::present;

    [[nodiscard]] bool empty() const { return name.empty(); }

    friend auto operator<=>(const NamedMatch &, const NamedMatch &) = default;
};

// Immutable. A field of the head: "X-Beta", "X-Beta: yes", or "!X-Beta" for a request without it. The name in any case,
// the value as it is.
struct FieldMatch : NamedMatch {
    static Result<FieldMatch> parse(std::string_view text);
    [[nodiscard]] std::string text() const;
};

// Immutable. A part of the query: "beta", "beta=yes", or "!beta". Compared as the URL spells it.
struct QueryMatch : NamedMatch {
    static Result<QueryMatch> parse(std::string_view text);
    [[nodiscard]] std::string text() const;
};

// Immutable. A change to a head: "Name: value" sets a field, "+Name: value" adds one, "-Name" takes all of that name
// away. None of the fields that frame a message or belong to one connection.
struct FieldEdit {
    enum class Action : std::uint8_t { set, add, remove };

    Action action = Action::set;
    std::string name;
    std::string value; // may hold placeholders

    [[nodiscard]] bool empty() const { return name.empty(); }

    static Result<FieldEdit> parse(std::string_view text);
    [[nodiscard]] std::string text() const;

    friend auto operator<=>(const FieldEdit &, const FieldEdit &) = default;
};

// Immutable. What holds for paths that match: "*.css: max-age=3600". A "*" stands for any characters.
struct PathRule {
    std::string pattern;
    std::string value;

    [[nodiscard]] bool empty() const { return pattern.empty(); }
    [[nodiscard]] bool matches(std::string_view path) const noexcept;

    static Result<PathRule> parse(std::string_view text);
    [[nodiscard]] std::string text() const { return pattern + ": " + value; }

    friend auto operator<=>(const PathRule &, const PathRule &) = default;
};

template <>
inline constexpr const char *kTextPattern<PathRule> = "^[^: ]+: ?[^ ].*$";
template <>
inline constexpr const char *kTextPattern<FieldMatch> = "^!?[^: ]+(: ?.*)?$";
template <>
inline constexpr const char *kTextPattern<QueryMatch> = "^!?[^=&# ]+(=[^&# ]*)?$";
template <>
inline constexpr const char *kTextPattern<FieldEdit> = "^(-[^: ]+|\\+?[^: ]+: ?.*)$";
template <>
inline constexpr const char *kTextPattern<Network> = "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$";

} // namespace mainstay::config
