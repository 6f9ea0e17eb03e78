// SPDX-License-Identifier: GPL-3.0-or-later
// Reading TOML with toml++.
#include "schema/toml.h"

#include <algorithm>
#include <optional>
#include <toml++/toml.h>
#include <utility>

namespace mainstay::schema {
namespace {

// The place of the first key with more than kMaxDepth parts. The library bounds nested values, not dotted keys, and
// recurses into the tables they make.
class DottedKeyScan {
public:
    explicit DottedKeyScan(std::string_view text) : m_text(text) {}

    std::optional<std::size_t> run()
    {
        std::size_t dots = 0;
        while (m_at < m_text.size()) {
            const char c = m_text[m_at];
            if (c == '"' || c == '\'') {
                skipString(c);
                continue;
            }
            if (c == '#')
                m_at = std::min(m_text.find('\n', m_at), m_text.size());
            else if (c == '.' && ++dots >= kMaxDepth)
                return m_at;
            else if (c == '\n' || c == '=' || c == '[' || c == ']' || c == '{' || c == '}' || c == ',')
                dots = 0;
            ++m_at;
        }
        return std::nullopt;
    }

private:
    void skipString(char quote)
    {
        const std::string multiline(3, quote);
        const bool isMultiline = m_text.substr(m_at, 3) == multiline;
        const std::string_view end = isMultiline ? std::string_view(multiline) : m_text.substr(m_at, 1);
        m_at += end.size();
        while (m_at < m_text.size() && m_text.substr(m_at, end.size()) != end) {
            if (!isMultiline && m_text[m_at] == '\n')
                return;
            m_at += quote == '"' && m_text[m_at] == '\\' ? 2 : 1;
        }
        m_at = std::min(m_at + end.size(), m_text.size());
    }

    std::string_view m_text;
    std::size_t m_at = 0;
};

// The library's tree as ours. Remembers the first place that is too deep, and leaves out what is below it.
class Conversion {
public:
    Node convert(const toml::node &from, std::size_t depth = 0)
    {
        Node node;
        node.line = from.source().begin.line;
        node.column = from.source().begin.column;
        if (depth > kMaxDepth) {
            m_tooDeep = m_tooDeep ? m_tooDeep : from.source().begin;
        } else if (const toml::array *array = from.as_array()) {
            node.value = convertArray(*array, depth);
        } else if (const toml::table *table = from.as_table()) {
            node.value = convertTable(*table, depth);
        } else if (const auto *boolean = from.as_boolean()) {
            node.value = boolean->get();
        } else if (const auto *integer = from.as_integer()) {
            node.value = integer->get();
        } else if (const auto *fraction = from.as_floating_point()) {
            node.value = fraction->get();
        } else if (const auto *text = from.as_string()) {
            node.value = text->get();
        }
        return node;
    }

    [[nodiscard]] const std::optional<toml::source_position> &tooDeep() const { return m_tooDeep; }

private:
    Node::Array convertArray(const toml::array &from, std::size_t depth)
    {
        Node::Array array;
        array.reserve(from.size());
        for (const toml::node &element : from)
            array.push_back(convert(element, depth + 1));
        return array;
    }

    Node::Table convertTable(const toml::table &from, std::size_t depth)
    {
        Node::Table table;
        table.reserve(from.size());
        for (const auto &[key, element] : from) {
            Node &node = table.emplace_back(Node::Member{std::string(key.str()), convert(element, depth + 1)}).node;
            // A setting stands where its name does, not its value.
            node.line = key.source().begin.line;
            node.column = key.source().begin.column;
        }
        // The library sorts by name.
        std::stable_sort(table.begin(), table.end(), [](const Node::Member &a, const Node::Member &b) {
            return std::pair(a.node.line, a.node.column) < std::pair(b.node.line, b.node.column);
        });
        return table;
    }

    std::optional<toml::source_position> m_tooDeep;
};

} // namespace

tl::expected<Node, Problem> parseToml(std::string_view text, std::string_view file)
{
    const auto problem = [&](const char *code, std::string message, const char *remedy, std::size_t line,
                             std::size_t column) {
        SourcePlace place{std::string(file), static_cast<std::uint32_t>(line), static_cast<std::uint32_t>(column)};
        return tl::unexpected(Problem{code, {}, std::move(message), remedy, std::move(place), Severity::error});
    };
    const auto tooDeep = [&](std::size_t line, std::size_t column) {
        return problem("config.too-deep", "nested deeper than " + std::to_string(kMaxDepth) + " levels",
                       "no setting is that deep", line, column);
    };
    if (const auto at = DottedKeyScan(text).run()) {
        const std::string_view before = text.substr(0, *at);
        return tooDeep(std::count(before.begin(), before.end(), '\n') + 1, *at - (before.rfind('\n') + 1) + 1);
    }
    try {
        Conversion conversion;
        Node root = conversion.convert(toml::parse(text));
        if (const auto &at = conversion.tooDeep())
            return tooDeep(at->line, at->column);
        return root;
    } catch (const toml::parse_error &error) {
        const toml::source_position at = error.source().begin;
        return problem("config.syntax", "TOML syntax: " + std::string(error.description()),
                       "see https://toml.io for how TOML is written", at.line, at.column);
    }
}

} // namespace mainstay::schema
