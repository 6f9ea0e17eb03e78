// SPDX-License-Identifier: GPL-3.0-or-later
#include "schema/handler_rules.h"

#include "schema/driver_text.h"
#include "schema/kinds.h"
#include "schema/near_miss.h"
#include "schema/node.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace mainstay::schema {
namespace {

using namespace config;

bool isIdentifier(std::string_view name)
{
    const auto isLetter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    const auto fits = [&](char c) { return isLetter(c) || (c >= '0' && c <= '9'); };
    return !name.empty() && isLetter(name.front()) && std::ranges::all_of(name, fits);
}

bool isPlaceholder(std::string_view segment)
{
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::vector<std::string> segmentsOf(std::string_view path)
{
    std::vector<std::string> segments;
    for (std::size_t at = 0; at != std::string_view::npos;) {
        const std::size_t slash = path.find('/', at + 1);
        segments.emplace_back(path.substr(at + 1, slash == std::string_view::npos ? slash : slash - at - 1));
        at = slash;
    }
    return segments;
}

// What makes two paths the same to a request: the names of placeholders do not.
std::string shapeOf(const std::string &path)
{
    std::string shape;
    for (const std::string &segment : segmentsOf(path))
        shape += "/" + (isPlaceholder(segment) ? std::string("{}") : segment);
    return shape;
}

class HandlerRules {
public:
    HandlerRules(const HandlerConfig &handler, SqlDialect dialect, std::string path, Findings &findings)
        : m_handler(handler), m_dialect(dialect), m_path(std::move(path)), m_findings(findings)
    {}

    void check()
    {
        checkWork();
        checkParameters();
        checkPath();
        for (std::size_t i = 0; i < m_handler.sql.size(); ++i)
            checkStatement(m_handler.sql[i], itemPath("sql", i));
        if (m_handler.paging && (m_handler.result == ResultShape::object || m_handler.result == ResultShape::scalar ||
                                 m_handler.result == ResultShape::none))
            error("handler.paging", "paging", "an answer of one row or none has no pages",
                  "use result = \"array\" or \"csv\"");
    }

private:
    void checkWork()
    {
        if (m_handler.sql.empty() && m_handler.plugin.empty())
            error("handler.no-work", "sql", "nothing answers",
                  "set `sql` to a list of statements, or `plugin` to a handler's name");
        if (!m_handler.sql.empty() && !m_handler.plugin.empty())
            error("handler.two-works", "plugin", "has both `sql` and `plugin`", "keep one of the two");
    }

    void checkParameters()
    {
        std::set<std::string_view> names;
        for (std::size_t i = 0; i < m_handler.parameters.size(); ++i) {
            const ParameterConfig &parameter = m_handler.parameters[i];
            const std::string where = itemPath("parameter", i);
            if (!isIdentifier(parameter.name))
                error("handler.parameter-name", joinPath(where, "name"),
                      "`" + parameter.name + "` cannot be named in a statement",
                      "use letters, digits and _, and begin with no digit");
            else if (!names.insert(parameter.name).second)
                error("handler.same-parameter", joinPath(where, "name"), "`" + parameter.name + "` is there twice",
                      "keep one of the two");
            if (parameter.in == ParameterPlace::body && m_handler.method == HandlerMethod::get)
                error("handler.no-body", joinPath(where, "in"), "a GET has no body",
                      "use in = \"query\", or another method");
            if (parameter.in == ParameterPlace::query && m_handler.paging &&
                (parameter.name == "page" || parameter.name == "per_page"))
                error("handler.page-parameter", joinPath(where, "name"), "`" + parameter.name + "` is paging's own",
                      "use another name");
            checkBounds(parameter, where);
        }
    }

    void checkBounds(const ParameterConfig &parameter, const std::string &where)
    {
        if (parameter.min > parameter.max)
            error("handler.no-value", joinPath(where, "min"), "is more than `max`, so that no value fits",
                  "exchange the two");
        if (parameter.required && !parameter.fallback.empty())
            error("handler.default-unused", joinPath(where, "default"),
                  "is never used, since the parameter is required", "set required = false");
        const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
        const std::string_view number =
            std::string_view(parameter.fallback).substr(parameter.fallback.starts_with("-") ? 1 : 0);
        const bool isInteger = !number.empty() && std::ranges::all_of(number, isDigit);
        const bool isNumber = !number.empty() &&
                              std::ranges::all_of(number, [&](char c) { return isDigit(c) || c == '.'; }) &&
                              std::ranges::count(number, '.') < 2;
        const bool isBoolean = parameter.fallback == "true" || parameter.fallback == "false";
        const bool fits = parameter.fallback.empty() || parameter.type == ParameterType::text ||
                          (parameter.type == ParameterType::integer && isInteger) ||
                          (parameter.type == ParameterType::number && isNumber) ||
                          (parameter.type == ParameterType::boolean && isBoolean);
        if (!fits)
            error("handler.default-type", joinPath(where, "default"),
                  "`" + parameter.fallback + "` is no " + std::string(enumName(parameter.type)),
                  "write one, or set `type`");
    }

    void checkPath()
    {
        if (m_handler.path.empty())
            return; // said elsewhere
        if (!m_handler.path.starts_with("/") || m_handler.path.find_first_of("?#% ") != std::string::npos)
            error("handler.path", "path", "`" + m_handler.path + "` is no path of a handler",
                  "begin with /, without query, spaces and %, as in \"/api/entries/{id}\"");
        if (m_handler.path.starts_with("/.mainstay/"))
            error("handler.path", "path", "what is below /.mainstay/ is answered by the program itself",
                  "use another path");
        std::set<std::string> placed;
        for (const std::string &segment : segmentsOf(m_handler.path)) {
            if (!isPlaceholder(segment)) {
                if (segment.find_first_of("{}") != std::string::npos)
                    error("handler.placeholder", "path", "`" + segment + "` is only in part a placeholder",
                          "a placeholder is all that stands between two slashes");
                continue;
            }
            const std::string name = segment.substr(1, segment.size() - 2);
            if (!placed.insert(name).second)
                error("handler.placeholder", "path", "`{" + name + "}` is there twice", "give each a name of its own");
            if (!find(name, true))
                error("handler.placeholder", "path", "no parameter is called `" + name + "`",
                      "add [[….parameter]] with name = \"" + name + "\" and in = \"path\"");
        }
        for (std::size_t i = 0; i < m_handler.parameters.size(); ++i) {
            const ParameterConfig &parameter = m_handler.parameters[i];
            if (parameter.in == ParameterPlace::path && !placed.contains(parameter.name))
                error("handler.placeholder", joinPath(itemPath("parameter", i), "in"),
                      "the path has no `{" + parameter.name + "}`", "write it there, or take it from the query");
        }
    }

    void checkStatement(const std::string &sql, const std::string &where)
    {
        const auto known = [&](const std::string &name) { return find(name, false) != nullptr; };
        std::set<std::string> told;
        std::size_t words = 0;
        bool hasEnded = false;
        bool hasMore = false;
        SqlScanner scanner(sql, m_dialect);
        for (SqlToken token; scanner.next(token);) {
            const bool isFiller = token.kind == SqlToken::Kind::space || token.kind == SqlToken::Kind::comment;
            if (token.isOpen)
                error("handler.open-quote", where, "a quote or comment is never closed", "close it");
            words += token.kind == SqlToken::Kind::word;
            hasMore = hasMore || (hasEnded && !isFiller && token.kind != SqlToken::Kind::semicolon);
            hasEnded = hasEnded || token.kind == SqlToken::Kind::semicolon;
            if (token.kind != SqlToken::Kind::parameter)
                continue;
            const std::string name(token.text.substr(1));
            if (!known(name) && told.insert(name).second)
                error("handler.unknown-parameter", where, "names `:" + name + "`, and no parameter is called so",
                      suggestionFor(name));
        }
        if (words == 0)
            error("handler.no-statement", where, "there is no statement", "write one, or leave it out");
        else if (hasMore)
            error("handler.several-statements", where, "is more than one statement", "make each an item of the list");
        if (isTransactionKeyword(firstWord(sql)))
            error("handler.transaction", where, "the statements of a handler are one transaction already",
                  "leave this one out");
        checkPlaceholders(sql, where);
    }

    // Of what is prepared: the rest goes to the database as it is.
    void checkPlaceholders(const std::string &sql, const std::string &where)
    {
        static constexpr std::array<std::string_view, 8> kPrepared{"SELECT", "WITH",   "VALUES",  "INSERT",
                                                                   "UPDATE", "DELETE", "REPLACE", "MERGE"};
        const DriverText statement = driverText(sql, m_dialect);
        const bool isPrepared = !statement.names.empty() || m_dialect == SqlDialect::sqlite ||
                                std::ranges::find(kPrepared, firstWord(sql)) != kPrepared.end();
        if (isPrepared && !statement.mistaken.empty())
            error("handler.placeholder-in-text", where,
                  "`" + statement.mistaken + "` would be mistaken by the driver, which looks for parameters by itself",
                  "hand it over as the value of a parameter; for the operators ?, ?| and ?& of PostgreSQL write "
                  "jsonb_exists(), jsonb_exists_any() and jsonb_exists_all()");
    }

    [[nodiscard]] std::string firstWord(const std::string &sql) const
    {
        SqlScanner scanner(sql, m_dialect);
        for (SqlToken token; scanner.next(token);) {
            if (token.kind != SqlToken::Kind::word)
                continue;
            std::string word(token.text);
            for (char &c : word)
                c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
            return word;
        }
        return {};
    }

    [[nodiscard]] std::string suggestionFor(const std::string &name) const
    {
        std::vector<std::string_view> names;
        for (const ParameterConfig &parameter : m_handler.parameters)
            names.push_back(parameter.name);
        const std::string near = names.empty() ? "" : suggestion(name, names);
        return near.empty() ? "add [[….parameter]] with name = \"" + name + "\"" : near;
    }

    [[nodiscard]] const ParameterConfig *find(const std::string &name, bool inPath) const
    {
        for (const ParameterConfig &parameter : m_handler.parameters)
            if (parameter.name == name && (!inPath || parameter.in == ParameterPlace::path))
                return &parameter;
        return nullptr;
    }

    void error(const char *code, const std::string &setting, std::string message, std::string remedy)
    {
        const std::string where = m_path + "." + setting;
        if (!m_findings.concern(where))
            m_findings.error(code, where, std::move(message), std::move(remedy));
    }

    const HandlerConfig &m_handler;
    SqlDialect m_dialect;
    std::string m_path;
    Findings &m_findings;
};

} // namespace

void checkHandlers(const AppConfig &app, SqlDialect dialect, const std::string &list, Findings &findings)
{
    std::map<std::pair<HandlerMethod, std::string>, std::size_t> taken;
    for (std::size_t i = 0; i < app.handlers.size(); ++i) {
        const HandlerConfig &handler = app.handlers[i];
        const std::string path = itemPath(list, i);
        HandlerRules(handler, dialect, path, findings).check();
        if (const std::string where = joinPath(path, "timeout");
            Milliseconds(handler.timeout) > Milliseconds(app.responseTimeout) && !findings.concern(where))
            findings.warning("handler.late-timeout", where,
                             handler.timeout.text() + " is more than the app's response_timeout of " +
                                 app.responseTimeout.text() + ", after which the client is answered with 504",
                             "raise response_timeout, or lower this");
        if (handler.path.empty() || findings.concern(joinPath(path, "path")))
            continue;
        const auto [other, isNew] = taken.try_emplace({handler.method, shapeOf(handler.path)}, i);
        if (!isNew)
            findings.error("handler.duplicate", joinPath(path, "path"),
                           std::string(enumName(handler.method)) + " `" + handler.path + "` is answered by " +
                               itemPath(list, other->second) + " already",
                           "keep one of the two");
    }
}

} // namespace mainstay::schema
