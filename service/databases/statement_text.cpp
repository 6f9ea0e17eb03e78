// SPDX-License-Identifier: GPL-3.0-or-later
#include "databases/statement_text.h"

#include "databases/sql_script.h"

namespace mainstay::databases {
namespace {

bool equals(std::string_view word, std::string_view lower)
{
    if (word.size() != lower.size())
        return false;
    for (std::size_t i = 0; i < word.size(); ++i)
        if ((word[i] | 0x20) != lower[i])
            return false;
    return true;
}

} // namespace

StatementText statementText(std::string_view sql, schema::SqlDialect dialect)
{
    using Kind = schema::SqlToken::Kind;
    StatementText statement;
    std::string text;
    int depth = 0;
    schema::SqlScanner scanner(sql, dialect);
    for (schema::SqlToken token; scanner.next(token);) {
        if (token.kind == Kind::parameter) {
            statement.names.emplace_back(token.text.substr(1));
            text += '?';
            continue;
        }
        if (token.text == "(" || token.text == ")")
            depth += token.text == "(" ? 1 : -1;
        else if (token.kind == Kind::word && depth == 0)
            statement.hasLimit = statement.hasLimit || equals(token.text, "limit") || equals(token.text, "offset") ||
                                 equals(token.text, "fetch") || equals(token.text, "for");
        // To MySQL, "--/**/1" is a double minus, and "-- 1" a comment.
        const std::string_view gap = text.ends_with('-') ? "/**/" : " ";
        text += token.kind == Kind::comment ? gap : token.text;
    }
    statement.keyword = leadingKeyword(sql, dialect);
    statement.text = QString::fromStdString(text).trimmed();
    return statement;
}

} // namespace mainstay::databases
