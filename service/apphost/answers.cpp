// SPDX-License-Identifier: GPL-3.0-or-later
#include "apphost/answers.h"

#include "apphost/json_text.h"
#include "databases/failure.h"

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
    Meaning{"database.full", 507, "the database has no room left"},
    Meaning{"database.read-only", 500, "this handler may only read, and its statement would change something"},
    Meaning{"database.stopping", 503, "the app is stopping"},
};

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
