// SPDX-License-Identifier: GPL-3.0-or-later
#include "databases/untyped_parameters.h"

#include "databases/words.h"
#include "schema/sql_tokens.h"

#include <algorithm>

namespace mainstay::databases {
namespace {

using schema::SqlToken;

std::string lower(std::string_view text)
{
    std::string result(text);
    for (char &c : result)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return result;
}

// The tokens of a statement, words in small letters; "" before the first and behind the last.
class Words {
public:
    explicit Words(std::string_view sql)
    {
        schema::SqlScanner scanner(sql, schema::SqlDialect::postgresql);
        for (SqlToken token; scanner.next(token);) {
            if (token.kind == SqlToken::Kind::space || token.kind == SqlToken::Kind::comment)
                continue;
            m_texts.push_back(token.kind == SqlToken::Kind::word ? lower(token.text) : std::string(token.text));
            m_kinds.push_back(token.kind);
        }
    }
    [[nodiscard]] std::size_t size() const { return m_texts.size(); }
    [[nodiscard]] std::string_view text(std::size_t at) const { return at < size() ? m_texts[at] : std::string_view(); }
    [[nodiscard]] bool isParameter(std::size_t at) const { return m_kinds[at] == SqlToken::Kind::parameter; }
    [[nodiscard]] bool isWord(std::size_t at) const { return at < size() && m_kinds[at] == SqlToken::Kind::word; }

private:
    std::vector<std::string> m_texts;
    std::vector<SqlToken::Kind> m_kinds;
};

// What a bracket holds.
struct Bracket {
    std::string_view function; // the word before it
    bool inColumns = false;    // between SELECT and FROM
};

// Whole, and not the end of an expression: "a + :b IS NULL".
bool isTestedForNull(const Words &words, std::size_t at)
{
    const bool begins = at == 0 || isOneOf(words.text(at - 1),
                                           {"(", ",", "where", "and", "or", "not", "when", "on", "having", "select"});
    const std::string_view next = words.text(at + 1);
    const std::size_t behind = words.text(at + 2) == "not" ? at + 3 : at + 2;
    return begins && (isOneOf(next, {"isnull", "notnull"}) || (next == "is" && words.text(behind) == "null"));
}

bool isArgumentOfAnyType(const Words &words, std::size_t at, const Bracket &bracket)
{
    return at > 0 && isOneOf(bracket.function, {"concat", "concat_ws", "format"}) &&
           isOneOf(words.text(at - 1), {"(", ","}) && isOneOf(words.text(at + 1), {")", ","});
}

bool isColumn(const Words &words, std::size_t at, const Bracket &bracket)
{
    return at > 0 && bracket.inColumns && isOneOf(words.text(at - 1), {"select", "distinct", "all", ","}) &&
           isOneOf(words.text(at + 1), {"", "as", "from", ",", ")"});
}

} // namespace

std::vector<std::string> castsOf(std::string_view sql, const ParameterTypes &types)
{
    std::vector<std::string> casts;
    const Words words(sql);
    std::vector<Bracket> brackets(1);
    for (std::size_t at = 0; at < words.size(); ++at) {
        const std::string_view text = words.text(at);
        if (text == "(") {
            brackets.push_back({at > 0 && words.isWord(at - 1) ? words.text(at - 1) : std::string_view(), false});
        } else if (text == ")" && brackets.size() > 1) {
            brackets.pop_back();
        } else if (words.isWord(at) && text == "select") {
            brackets.back().inColumns = true;
        } else if (words.isWord(at) && isOneOf(text, {"from", "where", "group", "having", "order", "limit"})) {
            brackets.back().inColumns = false;
        } else if (words.isParameter(at)) {
            const auto type = types.find(text.substr(1));
            if (isTestedForNull(words, at) || isArgumentOfAnyType(words, at, brackets.back()))
                casts.emplace_back("text");
            else
                casts.push_back(type != types.end() && isColumn(words, at, brackets.back()) ? type->second : "");
        }
    }
    return casts;
}

} // namespace mainstay::databases
