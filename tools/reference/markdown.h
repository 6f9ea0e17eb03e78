// SPDX-License-Identifier: GPL-3.0-or-later
// Pieces of Markdown as GitHub reads it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mainstay::reference {

// Any thread, all of them.

// A text that means nothing to Markdown, but that `code` and examples in double quotes become code.
[[nodiscard]] std::string prose(std::string_view text);
// The text as code; empty for none.
[[nodiscard]] std::string code(std::string_view text);
// A block of code in a language, "" for none.
[[nodiscard]] std::string codeBlock(std::string_view text, std::string_view language);
// To a heading of the same document.
[[nodiscard]] std::string linkTo(std::string_view heading, std::string_view text);
// What a link to a heading names: "`[backend.NAME]`" is "backendname".
[[nodiscard]] std::string anchorOf(std::string_view heading);

// Cells are Markdown already; what would end one is escaped.
class Table {
public:
    explicit Table(std::vector<std::string> headings);

    void add(std::vector<std::string> cells) { m_rows.push_back(std::move(cells)); }
    [[nodiscard]] bool isEmpty() const { return m_rows.empty(); }
    // Ends with an empty line.
    [[nodiscard]] std::string text() const;

private:
    std::vector<std::string> m_headings;
    std::vector<std::vector<std::string>> m_rows;
};

} // namespace mainstay::reference
