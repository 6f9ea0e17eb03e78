// SPDX-License-Identifier: GPL-3.0-or-later
#include "databases/sql_script.h"

#include "databases/words.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mainstay::databases {
namespace {

using schema::SqlDialect;
using schema::SqlScanner;
using schema::SqlToken;

std::string upper(std::string_view word)
{
    std::string text(word);
    for (char &c : text)
        if (c >= 'a' && c <= 'z')
            c = static_cast<char>(c - 'a' + 'A');
    return text;
}

// Follows the tokens of one statement and knows whether a semicolon ends it.
class BlockDepth {
public:
    void take(const SqlToken &token)
    {
        if (token.kind == SqlToken::Kind::space || token.kind == SqlToken::Kind::comment)
            return;
        // But for a rule's, no statement stands in brackets, and what they hold may be called as it likes.
        if (token.text == "(")
            ++m_brackets;
        else if (token.text == ")" && m_brackets > 0)
            --m_brackets;
        if (token.kind == SqlToken::Kind::word && m_brackets == 0)
            takeWord(upper(token.text));
        else
            m_afterEnd = false;
        m_before = token.text;
    }
    [[nodiscard]] bool isInside() const { return (m_hasBody && m_depth > 0) || isInBrackets(); }
    // Of a rule, whose statements stand in brackets: DO INSTEAD (a; b).
    [[nodiscard]] bool isInBrackets() const { return m_isRule && m_brackets > 0; }

private:
    void takeWord(const std::string &word)
    {
        const bool isFirst = !std::exchange(m_hasWords, true);
        if (isFirst)
            m_inHead = word == "CREATE";
        else if (m_inHead && !isBeforeKind(word)) {
            m_inHead = false;
            m_hasBody = isOneOf(word, {"TRIGGER", "PROCEDURE", "FUNCTION", "EVENT"});
            m_isRule = word == "RULE";
        } else if (m_hasBody && m_before != ".") // new.begin is a column
            takeBlockWord(word);
    }
    // CREATE OR REPLACE DEFINER = user @ host AGGREGATE FUNCTION
    [[nodiscard]] bool isBeforeKind(const std::string &word) const
    {
        return m_before == "=" || m_before == "@" ||
               isOneOf(word, {"OR", "REPLACE", "DEFINER", "AGGREGATE", "CONSTRAINT", "TEMP", "TEMPORARY"});
    }
    void takeBlockWord(const std::string &word)
    {
        const bool afterEnd = m_afterEnd;
        m_afterEnd = word == "END";
        if (afterEnd && isOneOf(word, {"IF", "LOOP", "WHILE", "REPEAT", "FOR"}))
            ++m_depth; // END IF: what it ends was not counted
        else if (word == "BEGIN" || (word == "CASE" && !afterEnd))
            ++m_depth;
        else if (word == "END" && m_depth > 0)
            --m_depth;
    }

    std::string_view m_before; // the token
    std::size_t m_brackets = 0;
    std::size_t m_depth = 0;
    bool m_hasWords = false;
    bool m_inHead = false;
    bool m_hasBody = false;
    bool m_isRule = false;
    bool m_afterEnd = false;
};

bool isNumber(std::string_view word)
{
    return !word.empty() && word.front() >= '0' && word.front() <= '9';
}

} // namespace

Result<std::vector<ScriptStatement>> splitScript(std::string_view script, SqlDialect dialect)
{
    std::vector<ScriptStatement> statements;
    ScriptStatement current;
    BlockDepth depth;
    std::uint32_t line = 1;
    const auto finish = [&] {
        while (!current.text.empty() && std::string_view(" \t\r\n\v\f").find(current.text.back()) != std::string::npos)
            current.text.pop_back();
        if (!current.text.empty())
            statements.push_back(std::move(current));
        current = {};
        depth = {};
    };
    SqlScanner scanner(script, dialect);
    for (SqlToken token; scanner.next(token);) {
        if (token.isOpen)
            return fail("sql.open-quote",
                        "line " + std::to_string(line) + ": a quote or comment that begins here never ends",
                        "close it");
        const bool isFiller = token.kind == SqlToken::Kind::space || token.kind == SqlToken::Kind::comment;
        depth.take(token);
        if (token.kind == SqlToken::Kind::semicolon && !depth.isInside()) {
            finish();
        } else if (!isFiller || !current.text.empty()) {
            if (current.text.empty())
                current.line = line;
            current.text += token.text;
        }
        line += static_cast<std::uint32_t>(std::count(token.text.begin(), token.text.end(), '\n'));
    }
    if (depth.isInside())
        return fail("sql.open-block",
                    "line " + std::to_string(current.line) +
                        (depth.isInBrackets() ? ": a bracket of this statement is never closed"
                                              : ": a BEGIN or CASE of this statement has no END"),
                    "write it, or put what is only called so between quotes");
    finish();
    return statements;
}

std::string leadingKeyword(std::string_view statement, SqlDialect dialect)
{
    SqlScanner scanner(statement, dialect);
    for (SqlToken token; scanner.next(token);) {
        if (token.kind == SqlToken::Kind::word)
            return upper(token.text);
        const bool isBefore =
            token.kind == SqlToken::Kind::space || token.kind == SqlToken::Kind::comment || token.text == "(";
        if (!isBefore)
            break;
    }
    return {};
}

std::string withoutLiterals(std::string_view statement, SqlDialect dialect)
{
    std::string text;
    SqlScanner scanner(statement, dialect);
    for (SqlToken token; scanner.next(token);) {
        const bool isString = token.kind == SqlToken::Kind::quoted && token.text.front() != '`' &&
                              token.text.front() != '[' && (token.text.front() != '"' || dialect == SqlDialect::mysql);
        if (token.kind == SqlToken::Kind::comment || token.kind == SqlToken::Kind::space)
            text += text.empty() || text.back() == ' ' ? "" : " ";
        else if (isString || (token.kind == SqlToken::Kind::word && isNumber(token.text)))
            text += '?';
        else
            text += token.text;
    }
    return text;
}

} // namespace mainstay::databases
