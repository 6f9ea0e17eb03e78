// SPDX-License-Identifier: GPL-3.0-or-later
#include "apphost/answers.h"

#include "apphost/json_text.h"
#include "databases/failure.h"

#include <algorithm>
#include <array>

namespace mainstay::apphost {
namespace {

struct Meaning {
    std::string_view code;
    int status;
    std::string_view message;
};

constexpr std::array kMeanings{
    Meaning{"database.value", 400, "a value does not fit the database"},
    Meaning{"database.constraint", 409, "this breaks a rule of the database"},
    Meaning{"database.timeout", 504, "the database took too long"},
    Meaning{"database.locked", 503, "the database is locked by other work"},
    Meaning{"database.busy", 503, "the database has too much to do"},
    Meaning{"database.damaged", 500, "the database is damaged"},
    Meaning{"database.full", 507, "the database has no room left"},
    Meaning{"database.read-only", 500, "this handler may only read, and its statement would change something"},
    Meaning{"answer.too-large", 500, "this page is too large: ask for fewer rows with per_page"},
    Meaning{"database.stopping", 503, "the app is stopping"},
};

// RFC 9110 section 5.6.2.
bool isToken(std::string_view name)
{
    const auto fits = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    };
    return !name.empty() && std::ranges::all_of(name, fits);
}

bool isValue(std::string_view value)
{
    const auto isControl = [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7f; };
    return std::ranges::none_of(value, isControl);
}

// The transport's own: RFC 9110 section 7.6.1, and the length.
bool isFraming(std::string_view name)
{
    static constexpr std::array<std::string_view, 8> kFraming{
        "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer",
        "Upgrade"};
    return std::ranges::any_of(kFraming, [&](std::string_view one) { return isSameHeader(one, name); });
}

} // namespace

Response errorAnswer(int status, std::string_view code, std::string_view message, std::string_view parameter)
{
    Response response;
    response.status = status;
    response.headers.emplace_back("Content-Type", "application/json");
    response.body = R"({"error":)";
    appendJsonString(response.body, message);
    response.body += R"(,"code":)";
    appendJsonString(response.body, code);
    if (!parameter.empty()) {
        response.body += R"(,"parameter":)";
        appendJsonString(response.body, parameter);
    }
    response.body += "}\n";
    return response;
}

Response badRequest(const BadParameter &bad)
{
    const std::string message = bad.parameter.empty() ? bad.message : "`" + bad.parameter + "` " + bad.message;
    return errorAnswer(400, bad.parameter.empty() ? "request.malformed" : "request.parameter", message, bad.parameter);
}

Result<Response> checkedAnswer(Response response)
{
    if (response.status < 200 || response.status > 599)
        return fail("plugin.answer", "it answered with the status " + std::to_string(response.status),
                    "use one from 200 to 599");
    for (const auto &[name, value] : response.headers) {
        if (!isToken(name))
            return fail("plugin.answer", "it answered with a header whose name is none", "use letters, digits and -");
        if (!isValue(value))
            return fail("plugin.answer", "it answered with control characters in `" + name + "`",
                        "encode what comes from outside");
    }
    std::erase_if(response.headers, [](const auto &one) { return isFraming(one.first); });
    return response;
}

Response databaseAnswer(const Error &error)
{
    Response response;
    for (const Meaning &meaning : kMeanings)
        if (meaning.code == error.code)
            response = errorAnswer(meaning.status, meaning.code, meaning.message);
    if (response.body.empty())
        response = databases::isTemporary(error)
                       ? errorAnswer(503, "database.unreachable", "the database cannot be reached")
                       : errorAnswer(500, "database.statement", "the database does not take the statement");
    if (response.status == 503)
        response.headers.emplace_back("Retry-After", "1");
    return response;
}

} // namespace mainstay::apphost
