// SPDX-License-Identifier: GPL-3.0-or-later
// SQL cut into tokens, and what is made of them. The first byte picks the dialect. SQLite itself tells where its
// statements end.
#include "databases/sql_script.h"
#include "databases/statement_text.h"
#include "schema/sql_tokens.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

using namespace mainstay;
using databases::ScriptStatement;
using schema::SqlDialect;
using schema::SqlScanner;
using schema::SqlToken;
using Kind = schema::SqlToken::Kind;

namespace {

void check(bool holds)
{
    if (!holds)
        std::abort();
}

std::vector<SqlToken> tokensOf(std::string_view text, SqlDialect dialect)
{
    std::vector<SqlToken> tokens;
    SqlScanner scanner(text, dialect);
    std::size_t end = 0;
    for (SqlToken token; scanner.next(token);) {
        check(token.offset == end && !token.text.empty());
        check(token.text.data() == text.data() + end);
        end += token.text.size();
        check(!token.isOpen || end == text.size());
        check((token.kind == Kind::semicolon) == (token.text == ";"));
        check(token.kind != Kind::parameter || (token.text.size() > 1 && token.text.front() == ':'));
        check(token.kind != Kind::symbol || token.text.size() == 1 || token.text == "::");
        tokens.push_back(token);
    }
    check(end == text.size());
    return tokens;
}

bool isFiller(const SqlToken &token)
{
    return token.kind == Kind::space || token.kind == Kind::comment;
}

// Whether the last statement ends here, as sqlite3_complete() has it. The bodies of triggers, a NUL and the vertical
// tab are other matters.
void compareWithSqlite(const std::string &text, const std::vector<SqlToken> &tokens)
{
    std::string lower = text;
    std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c; });
    if (lower.find("trigger") != std::string::npos || text.find('\0') != std::string::npos ||
        text.find('\v') != std::string::npos)
        return;
    const auto last = std::find_if_not(tokens.rbegin(), tokens.rend(), isFiller);
    const bool hasOpen = !tokens.empty() && tokens.back().isOpen;
    const bool isComplete = last != tokens.rend() && last->kind == Kind::semicolon && !hasOpen;
    check(isComplete == (sqlite3_complete(text.c_str()) != 0));
}

// Each statement of a script is one statement for itself.
void readScript(std::string_view text, SqlDialect dialect, bool isOpen)
{
    const Result<std::vector<ScriptStatement>> statements = databases::splitScript(text, dialect);
    if (!statements)
        return check(isOpen || statements.error().code == "sql.open-block");
    check(!isOpen);
    std::uint32_t line = 1;
    for (const ScriptStatement &statement : *statements) {
        check(!statement.text.empty() && statement.line >= line);
        line = statement.line;
        if (dialect == SqlDialect::mysql && statement.text.ends_with("--"))
            continue; // two signs before a semicolon, and a comment at the end of a text
        const auto alone = databases::splitScript(statement.text, dialect);
        check(alone && alone->size() == 1 && alone->front().text == statement.text);
    }
}

// What a driver is given means the same: only parameters and comments are written otherwise.
void readStatement(std::string_view text, SqlDialect dialect, const std::vector<SqlToken> &tokens)
{
    (void)databases::withoutLiterals(text, dialect);
    const databases::StatementText statement = databases::statementText(text, dialect);
    check(statement.names == schema::sqlParameters(text, dialect));
    const bool isAscii = std::ranges::all_of(text, [](char c) { return c > 0; });
    if (!isAscii || (!tokens.empty() && tokens.back().isOpen))
        return;
    const std::string given = statement.text.toStdString();
    std::vector<SqlToken> left = tokensOf(given, dialect);
    std::vector<SqlToken> before = tokens;
    std::erase_if(left, isFiller);
    std::erase_if(before, isFiller);
    check(std::ranges::equal(left, before, [](const SqlToken &now, const SqlToken &was) {
        return was.kind == Kind::parameter ? now.text == "?" : now.kind == was.kind && now.text == was.text;
    }));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    if (size == 0)
        return 0;
    const auto dialect = static_cast<SqlDialect>(data[0] % 4);
    const std::string text(reinterpret_cast<const char *>(data) + 1, size - 1);
    const std::vector<SqlToken> tokens = tokensOf(text, dialect);
    if (dialect == SqlDialect::sqlite)
        compareWithSqlite(text, tokens);
    readScript(text, dialect, !tokens.empty() && tokens.back().isOpen);
    readStatement(text, dialect, tokens);
    return 0;
}
