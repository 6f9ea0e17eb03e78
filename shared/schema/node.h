// SPDX-License-Identifier: GPL-3.0-or-later
// What TOML and JSON have in common: a tree of values, each with its place in the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mainstay::schema {

// Trees are at most this deep, so that walking one may recurse.
constexpr std::size_t kMaxDepth = 32;

// A value. Line and column count from 1; 0 where the text is not known. std::monostate is JSON's null, and what TOML
// has and the configuration has not: dates and times.
struct Node {
    struct Member;
    using Array = std::vector<Node>;
    using Table = std::vector<Member>; // in the order of the text; names are unique

    std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Table> value;
    std::uint32_t line = 0;
    std::uint32_t column = 0;

    template <class T>
    [[nodiscard]] const T *as() const
    {
        return std::get_if<T>(&value);
    }
    // The member of a table, or null. Linear: for objects, which have few.
    [[nodiscard]] const Node *find(std::string_view name) const;
    // The members of a table; none when this is no table.
    [[nodiscard]] const Table &members() const;
    // "a table", "text", "a whole number": for messages.
    [[nodiscard]] const char *typeName() const;
};

struct Node::Member {
    std::string name;
    Node node;
};

// "backend.app", `zone."example.org"`: names that are no bare TOML keys are quoted.
[[nodiscard]] std::string joinPath(std::string_view path, std::string_view name);
// "site.shop.route[0]"
[[nodiscard]] std::string itemPath(std::string_view list, std::size_t index);
// A key as TOML writes it.
[[nodiscard]] std::string keyText(std::string_view name);
// A string as TOML writes it, in quotes.
[[nodiscard]] std::string quotedText(std::string_view text);

} // namespace mainstay::schema
