// SPDX-License-Identifier: GPL-3.0-or-later
// Looking into a tree of values, and the names of its places.
#include "schema/node.h"

#include <algorithm>
#include <array>

namespace mainstay::schema {

const Node *Node::find(std::string_view name) const
{
    for (const Member &member : members())
        if (member.name == name)
            return &member.node;
    return nullptr;
}

const Node::Table &Node::members() const
{
    static const Table kNone;
    const Table *table = as<Table>();
    return table ? *table : kNone;
}

const char *Node::typeName() const
{
    static constexpr std::array kNames{
        "nothing that has a place here", "true or false", "a whole number", "a fraction", "text", "a list", "a table"};
    return kNames[value.index()];
}

std::string joinPath(std::string_view path, std::string_view name)
{
    std::string joined(path);
    if (!joined.empty())
        joined += '.';
    return joined += keyText(name);
}

std::string itemPath(std::string_view list, std::size_t index)
{
    return std::string(list) + "[" + std::to_string(index) + "]";
}

std::string keyText(std::string_view name)
{
    const auto bare = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    return !name.empty() && std::all_of(name.begin(), name.end(), bare) ? std::string(name) : quotedText(name);
}

std::string quotedText(std::string_view text)
{
    static constexpr char kHex[] = "0123456789ABCDEF";
    std::string quoted = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            (quoted += '\\') += c;
        else if (c == '\n')
            quoted += "\\n";
        else if (c == '\t')
            quoted += "\\t";
        else if (byte < 0x20 || byte == 0x7f)
            ((quoted += "\\u00") += kHex[byte >> 4]) += kHex[byte & 15];
        else
            quoted += c;
    }
    return quoted += '"';
}

} // namespace mainstay::schema
