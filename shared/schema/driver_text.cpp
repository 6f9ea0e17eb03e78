// SPDX-License-Identifier: GPL-3.0-or-later
#include "schema/driver_text.h"

namespace mainstay::schema {
namespace {

bool isNameCharacter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// A parameter to Qt.
struct Sight {
    std::size_t offset = 0;
    std::size_t length = 0;
};

// As QSqlResult does when it prepares a statement. `brackets` quote too, but on PostgreSQL.
std::vector<Sight> qtParameters(std::string_view text, bool brackets)
{
    std::vector<Sight> sights;
    char close = '\0';
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const char next = i + 1 < text.size() ? text[i + 1] : '\0';
        if (close != '\0') {
            if (c == ']' && close == ']' && next == ']')
                ++i;
            else if (c == close)
                close = '\0';
        } else if (c == '?') {
            sights.push_back({i, 1});
        } else if (c == ':' && (i == 0 || text[i - 1] != ':') && isNameCharacter(next)) {
            std::size_t end = i + 2;
            while (end < text.size() && isNameCharacter(text[end]))
                ++end;
            sights.push_back({i, end - i});
            i = end - 1;
        } else if (c == '\'' || c == '"' || c == '`') {
            close = c;
        } else if (c == '[' && brackets) {
            close = ']';
        }
    }
    return sights;
}

std::string mistakenIn(const DriverText &statement, bool brackets)
{
    const std::vector<std::size_t> &places = statement.places;
    std::size_t at = 0;
    for (const Sight &sight : qtParameters(statement.text, brackets)) {
        if (at < places.size() && places[at] < sight.offset)
            break;
        if (at == places.size() || places[at] != sight.offset)
            return statement.text.substr(sight.offset, sight.length);
        ++at;
    }
    return at < places.size() ? ":" + statement.names[at] : std::string();
}

} // namespace

DriverText driverText(std::string_view sql, SqlDialect dialect)
{
    using Kind = SqlToken::Kind;
    DriverText statement;
    SqlScanner scanner(sql, dialect);
    for (SqlToken token; scanner.next(token);) {
        if (token.kind == Kind::parameter) {
            statement.names.emplace_back(token.text.substr(1));
            statement.places.push_back(statement.text.size());
            statement.text += '?';
        } else {
            // To MySQL, "--/**/1" is a double minus, and "-- 1" a comment.
            const std::string_view gap = statement.text.ends_with('-') ? "/**/" : " ";
            statement.text += token.kind == Kind::comment ? gap : token.text;
        }
    }
    statement.mistaken = mistakenIn(statement, dialect != SqlDialect::postgresql);
    // By ODBC it may be PostgreSQL; the connection will know.
    if (dialect == SqlDialect::other && !statement.mistaken.empty())
        statement.mistaken = mistakenIn(statement, false);
    return statement;
}

} // namespace mainstay::schema
