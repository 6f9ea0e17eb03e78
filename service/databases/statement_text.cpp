// SPDX-License-Identifier: GPL-3.0-or-later
#include "databases/statement_text.h"

#include "databases/sql_script.h"
#include "schema/driver_text.h"

#include <algorithm>
#include <array>

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

// What no LIMIT may follow.
bool endsRows(std::string_view word)
{
    static constexpr std::array<std::string_view, 7> kWords{"limit", "offset", "fetch",    "for",
                                                            "into",  "lock",   "procedure"};
    return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view one) { return equals(word, one); });
}

// What servers are not known to take as the scanner does: a control character beside white space, and MySQL's /*! … */,
// which is code to some versions and a comment to others.
bool isAmbiguous(const schema::SqlToken &token, std::string_view rest)
{
    using Kind = schema::SqlToken::Kind;
    if (token.kind != Kind::symbol)
        return false;
    const auto c = static_cast<unsigned char>(token.text.front());
    return c < ' ' || c == 0x7f || (c == '/' && rest.substr(1, 1) == "*");
}

// Finds parameters between SELECT and FROM, in whatever brackets.
class SelectLists {
public:
    // Of each token in turn, with the brackets that are open before it.
    bool holdsParameter(const schema::SqlToken &token, int depth)
    {
        using Kind = schema::SqlToken::Kind;
        while (!m_lists.empty() && m_lists.back().depth > depth)
            m_lists.pop_back();
        if (token.kind == Kind::parameter)
            return !m_lists.empty() && m_lists.back().isOpen;
        if (token.kind != Kind::word)
            return false;
        const bool isSelect = equals(token.text, "select");
        if (isSelect && (m_lists.empty() || m_lists.back().depth < depth))
            m_lists.push_back({depth, true});
        else if (isSelect)
            m_lists.back().isOpen = true; // behind a UNION
        else if (equals(token.text, "from") && !m_lists.empty() && m_lists.back().depth == depth)
            m_lists.back().isOpen = false;
        return false;
    }

private:
    struct List {
        int depth;
        bool isOpen; // FROM has not come
    };
    std::vector<List> m_lists;
};

} // namespace

StatementText statementText(std::string_view sql, schema::SqlDialect dialect, const ParameterForms &forms)
{
    using Kind = schema::SqlToken::Kind;
    schema::DriverText driver = schema::driverText(sql, dialect);
    StatementText statement;
    statement.names = std::move(driver.names);
    statement.mistaken = std::move(driver.mistaken);
    int depth = 0;
    SelectLists lists;
    bool isBehindBracket = false; // count(*) names no columns
    schema::SqlScanner scanner(sql, dialect);
    for (schema::SqlToken token; scanner.next(token);) {
        statement.isAmbiguous = statement.isAmbiguous || isAmbiguous(token, sql.substr(token.offset));
        statement.selectsParameter = statement.selectsParameter || lists.holdsParameter(token, depth);
        if (token.text == "(" || token.text == ")")
            depth += token.text == "(" ? 1 : -1;
        else if (token.text == "*")
            statement.hasStar = statement.hasStar || !isBehindBracket;
        if (token.kind == Kind::word && depth == 0) {
            statement.hasLimit = statement.hasLimit || endsRows(token.text);
            statement.hasReturning = statement.hasReturning || equals(token.text, "returning");
        }
        isBehindBracket = token.text == "(";
    }
    statement.keyword = leadingKeyword(sql, dialect);
    const std::vector<std::string> casts =
        dialect == schema::SqlDialect::postgresql ? castsOf(sql, forms.types) : std::vector<std::string>();
    const std::vector<std::string> &asBytes = forms.asBytes;
    for (std::size_t i = statement.names.size(); i-- > 0;) {
        if (std::find(asBytes.begin(), asBytes.end(), statement.names[i]) != asBytes.end())
            driver.text.replace(driver.places[i], 1, "CONVERT(? USING utf8mb4)");
        else if (i < casts.size() && !casts[i].empty())
            driver.text.replace(driver.places[i], 1, "CAST(? AS " + casts[i] + ")");
    }
    statement.text = QString::fromStdString(driver.text).trimmed();
    return statement;
}

} // namespace mainstay::databases
