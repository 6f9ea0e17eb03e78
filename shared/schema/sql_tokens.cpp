// SPDX-License-Identifier: GPL-3.0-or-later
#include "schema/sql_tokens.h"

#include <algorithm>
#include <array>

namespace mainstay::schema {
namespace {

bool isSpace(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool startsWord(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

bool continuesWord(char c)
{
    return startsWord(c) || (c >= '0' && c <= '9') || c == '$';
}

} // namespace

SqlDialect dialectOf(config::DatabaseDriver driver)
{
    switch (driver) {
    case config::DatabaseDriver::sqlite:
        return SqlDialect::sqlite;
    case config::DatabaseDriver::postgresql:
        return SqlDialect::postgresql;
    case config::DatabaseDriver::mysql:
        return SqlDialect::mysql;
    case config::DatabaseDriver::odbc:
        break;
    }
    return SqlDialect::other;
}

bool SqlScanner::next(SqlToken &token)
{
    if (m_end >= m_text.size())
        return false;
    token.offset = m_end;
    m_open = false;
    token.kind = scan();
    m_end = std::min(m_end, m_text.size());
    token.text = m_text.substr(token.offset, m_end - token.offset);
    token.isOpen = m_open;
    return true;
}

SqlToken::Kind SqlScanner::scan()
{
    using Kind = SqlToken::Kind;
    const char c = at(m_end);
    if (isSpace(c)) {
        while (isSpace(at(m_end)))
            ++m_end;
        return Kind::space;
    }
    // PostgreSQL's E'…' knows the backslash, '…' does not.
    if ((c == 'e' || c == 'E') && at(m_end + 1) == '\'' && m_dialect == SqlDialect::postgresql) {
        ++m_end;
        scanQuoted('\'', true);
        return Kind::quoted;
    }
    if (startsWord(c) || (c >= '0' && c <= '9')) {
        while (continuesWord(at(m_end)))
            ++m_end;
        return Kind::word;
    }
    return scanSpecial(c);
}

SqlToken::Kind SqlScanner::scanSpecial(char c)
{
    using Kind = SqlToken::Kind;
    const bool isMysql = m_dialect == SqlDialect::mysql;
    if (c == '\'' || c == '"' || (c == '`' && m_dialect != SqlDialect::postgresql)) {
        scanQuoted(c, isMysql && c != '`');
        return Kind::quoted;
    }
    if (c == '[' && m_dialect == SqlDialect::sqlite) {
        scanQuoted(']', false);
        return Kind::quoted;
    }
    if (startsLineComment()) {
        scanLine();
        return Kind::comment;
    }
    if (c == '/' && at(m_end + 1) == '*') {
        // What stands in /*! … */ is code to MySQL, and must not hide anything here.
        if (isMysql && (at(m_end + 2) == '!' || (at(m_end + 2) == 'M' && at(m_end + 3) == '!'))) {
            ++m_end;
            return Kind::symbol;
        }
        scanBlockComment();
        return Kind::comment;
    }
    if (c == '$' && m_dialect == SqlDialect::postgresql && scanDollarQuoted())
        return Kind::quoted;
    if (c == ':' && startsWord(at(m_end + 1))) {
        ++m_end;
        while (continuesWord(at(m_end)))
            ++m_end;
        return Kind::parameter;
    }
    m_end += c == ':' && at(m_end + 1) == ':' ? 2 : 1;
    return c == ';' ? Kind::semicolon : Kind::symbol;
}

void SqlScanner::scanQuoted(char close, bool backslash)
{
    ++m_end;
    for (; m_end < m_text.size(); ++m_end) {
        if (m_text[m_end] == '\\' && backslash) {
            ++m_end;
        } else if (m_text[m_end] == close) {
            // Doubled, it stands for itself; "]]" does not.
            if (at(m_end + 1) != close || close == ']') {
                ++m_end;
                return;
            }
            ++m_end;
        }
    }
    m_open = true;
}

bool SqlScanner::startsLineComment() const
{
    if (m_dialect == SqlDialect::mysql && at(m_end) == '#')
        return true;
    if (at(m_end) != '-' || at(m_end + 1) != '-')
        return false;
    const auto after = static_cast<unsigned char>(at(m_end + 2));
    // To MySQL, "1--1" is a subtraction, and "--" before any control character a comment.
    return m_dialect != SqlDialect::mysql || after <= ' ' || after == 0x7f;
}

void SqlScanner::scanLine()
{
    m_end = std::min(m_text.find('\n', m_end), m_text.size());
}

void SqlScanner::scanBlockComment()
{
    std::size_t depth = 0;
    while (m_end < m_text.size()) {
        if (at(m_end) == '/' && at(m_end + 1) == '*' && (depth == 0 || m_dialect == SqlDialect::postgresql)) {
            ++depth;
            m_end += 2;
        } else if (at(m_end) == '*' && at(m_end + 1) == '/') {
            m_end += 2;
            if (--depth == 0)
                return;
        } else {
            ++m_end;
        }
    }
    m_open = true;
}

bool SqlScanner::scanDollarQuoted()
{
    std::size_t tagEnd = m_end + 1;
    if (at(tagEnd) >= '0' && at(tagEnd) <= '9')
        return false; // $1
    while (at(tagEnd) != '$' && continuesWord(at(tagEnd)))
        ++tagEnd;
    if (at(tagEnd) != '$')
        return false;
    const std::string_view tag = m_text.substr(m_end, tagEnd + 1 - m_end);
    const std::size_t close = m_text.find(tag, tagEnd + 1);
    m_open = close == std::string_view::npos;
    m_end = m_open ? m_text.size() : close + tag.size();
    return true;
}

bool isTransactionKeyword(std::string_view keyword)
{
    static constexpr std::array<std::string_view, 9> kKeywords{"BEGIN", "START",     "COMMIT",  "ROLLBACK", "END",
                                                               "ABORT", "SAVEPOINT", "RELEASE", "XA"};
    return std::find(kKeywords.begin(), kKeywords.end(), keyword) != kKeywords.end();
}

std::vector<std::string> sqlParameters(std::string_view text, SqlDialect dialect)
{
    std::vector<std::string> names;
    SqlScanner scanner(text, dialect);
    for (SqlToken token; scanner.next(token);)
        if (token.kind == SqlToken::Kind::parameter)
            names.emplace_back(token.text.substr(1));
    return names;
}

} // namespace mainstay::schema
