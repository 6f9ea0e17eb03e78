// SPDX-License-Identifier: GPL-3.0-or-later
// SQL text cut into tokens, as far as it takes to find parameters and the ends of statements.
#pragma once

#include "config/database.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mainstay::schema {

// How quotes and comments are written.
enum class SqlDialect : std::uint8_t { sqlite, postgresql, mysql, other };

// `other` for ODBC, which does not tell before it is connected.
[[nodiscard]] SqlDialect dialectOf(config::DatabaseDriver driver);

struct SqlToken {
    enum class Kind : std::uint8_t {
        space,     // white space
        comment,   // up to its end
        word,      // keyword, name or number
        quoted,    // string or quoted name, quotes included
        parameter, // ":name"
        semicolon,
        symbol, // anything else, one character, or "::"
    };

    Kind kind = Kind::space;
    std::string_view text;
    std::size_t offset = 0;
    bool isOpen = false; // a quote or comment that nothing ends
};

// Any thread, by value. Walks through the text, which outlives it; the tokens together are the whole text.
class SqlScanner {
public:
    SqlScanner(std::string_view text, SqlDialect dialect) : m_text(text), m_dialect(dialect) {}

    // False at the end.
    bool next(SqlToken &token);

private:
    [[nodiscard]] SqlToken::Kind scan();
    [[nodiscard]] SqlToken::Kind scanSpecial(char c);
    void scanQuoted(char close, bool backslash);
    void scanLine();
    void scanBlockComment();
    [[nodiscard]] bool scanDollarQuoted();
    [[nodiscard]] bool startsLineComment() const;
    [[nodiscard]] char at(std::size_t offset) const { return offset < m_text.size() ? m_text[offset] : '\0'; }

    std::string_view m_text;
    SqlDialect m_dialect;
    std::size_t m_end = 0; // of what is scanned
    bool m_open = false;
};

// Whether a statement that begins with this keyword, in capitals, begins or ends a transaction, or a part of one.
[[nodiscard]] bool isTransactionKeyword(std::string_view keyword);

// The names of the parameters in the order they stand, as often as they do.
[[nodiscard]] std::vector<std::string> sqlParameters(std::string_view text, SqlDialect dialect);

} // namespace mainstay::schema
