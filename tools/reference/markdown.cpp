// SPDX-License-Identifier: GPL-3.0-or-later
#include "reference/markdown.h"

#include <algorithm>

namespace mainstay::reference {
namespace {

bool isWordCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Whether Markdown could take the character for its own. An underscore within a word is just that.
bool isMarkup(std::string_view text, std::size_t at)
{
    const auto isWordAt = [&](std::size_t i) { return i < text.size() && isWordCharacter(text[i]); };
    if (text[at] == '_')
        return !(at > 0 && isWordAt(at - 1) && isWordAt(at + 1));
    return std::string_view("\\*[]<&~").find(text[at]) != std::string_view::npos;
}

std::string row(const std::vector<std::string> &cells)
{
    std::string line = "|";
    for (const std::string &cell : cells) {
        line += ' ';
        for (const char c : cell) {
            if (c == '|')
                line += '\\';
            line += c == '\n' ? ' ' : c;
        }
        line += cell.empty() ? "|" : " |";
    }
    return line + '\n';
}

} // namespace

std::string prose(std::string_view text)
{
    std::string markdown;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        const std::size_t end = c == '`' || c == '"' ? text.find(c, at + 1) : std::string_view::npos;
        if (end != std::string_view::npos) {
            markdown += code(c == '`' ? text.substr(at + 1, end - at - 1) : text.substr(at, end - at + 1));
            at = end;
            continue;
        }
        if (isMarkup(text, at))
            markdown += '\\';
        markdown += c;
    }
    return markdown;
}

std::string code(std::string_view text)
{
    if (text.empty())
        return {};
    if (text.find('`') != std::string_view::npos)
        return "`` " + std::string(text) + " ``";
    return "`" + std::string(text) + "`";
}

std::string codeBlock(std::string_view text, std::string_view language)
{
    while (text.ends_with('\n'))
        text.remove_suffix(1);
    return "```" + std::string(language) + "\n" + std::string(text) + "\n```\n\n";
}

std::string linkTo(std::string_view heading, std::string_view text)
{
    return "[" + std::string(text) + "](#" + anchorOf(heading) + ")";
}

std::string anchorOf(std::string_view heading)
{
    std::string anchor;
    for (const char c : heading) {
        if (c >= 'A' && c <= 'Z')
            anchor += static_cast<char>(c - 'A' + 'a');
        else if (isWordCharacter(c) || c == '-' || c == '_')
            anchor += c;
        else if (c == ' ')
            anchor += '-';
    }
    return anchor;
}

Table::Table(std::vector<std::string> headings) : m_headings(std::move(headings)) {}

std::string Table::text() const
{
    std::string text = row(m_headings) + row(std::vector<std::string>(m_headings.size(), "---"));
    for (const auto &cells : m_rows)
        text += row(cells);
    return text + "\n";
}

} // namespace mainstay::reference
