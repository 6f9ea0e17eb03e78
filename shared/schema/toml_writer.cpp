// SPDX-License-Identifier: GPL-3.0-or-later
// Writing TOML as people do: settings first, then one headed block for each table.
#include "schema/toml.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace mainstay::schema {
namespace {

bool isTables(const Node &node)
{
    const auto *array = node.as<Node::Array>();
    return array && !array->empty() &&
           std::all_of(array->begin(), array->end(), [](const Node &one) { return one.as<Node::Table>(); });
}

bool hasBlock(const Node &node)
{
    return node.as<Node::Table>() || isTables(node);
}

std::string fractionText(double value)
{
    if (std::isnan(value))
        return "nan";
    if (std::isinf(value))
        return value < 0 ? "-inf" : "inf";
    char buffer[32];
    std::string text(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
    if (text.find_first_of(".e") == std::string::npos)
        text += ".0";
    return text;
}

template <class Items, class Write>
std::string joined(const Items &items, Write write)
{
    std::string text;
    for (const auto &item : items)
        (text += text.empty() ? "" : ", ") += write(item);
    return text;
}

void writeBlock(std::string &out, const std::string &header, const std::string &path, const Node &table)
{
    const Node::Table &members = table.members();
    const auto values = std::count_if(members.begin(), members.end(), [](const auto &m) { return !hasBlock(m.node); });
    if (!header.empty() && (values > 0 || members.empty() || header.starts_with("[["))) {
        if (!out.empty())
            out += '\n';
        out += header + "\n";
    }
    for (const auto &[name, node] : members)
        if (!hasBlock(node))
            out += keyText(name) + " = " + inlineToml(node) + "\n";
    for (const auto &[name, node] : members) {
        const std::string below = joinPath(path, name);
        if (node.as<Node::Table>())
            writeBlock(out, "[" + below + "]", below, node);
        else if (isTables(node))
            for (const Node &element : *node.as<Node::Array>())
                writeBlock(out, "[[" + below + "]]", below, element);
    }
}

} // namespace

std::string inlineToml(const Node &value)
{
    if (const auto *boolean = value.as<bool>())
        return *boolean ? "true" : "false";
    if (const auto *integer = value.as<std::int64_t>())
        return std::to_string(*integer);
    if (const auto *fraction = value.as<double>())
        return fractionText(*fraction);
    if (const auto *text = value.as<std::string>())
        return quotedText(*text);
    if (const auto *array = value.as<Node::Array>())
        return "[" + joined(*array, inlineToml) + "]";
    if (const auto *table = value.as<Node::Table>())
        return "{" + joined(*table, [](const auto &m) { return keyText(m.name) + " = " + inlineToml(m.node); }) + "}";
    return "\"\"";
}

std::string writeToml(const Node &table)
{
    std::string out;
    writeBlock(out, {}, {}, table);
    return out;
}

} // namespace mainstay::schema
