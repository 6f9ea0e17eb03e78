// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/answers.h"

#include "base/http_status.h"
#include "http/connection.h"
#include "http/listener.h"
#include "http/server.h"

#include <algorithm>
#include <string>

namespace mainstay::http {

void writeConnection(wire::HeadWriter &head, Exchange &exchange, bool mayKeepAlive)
{
    exchange.keepAlive =
        mayKeepAlive && !exchange.mustClose && exchange.head.keepAlive() && !exchange.connection->isDraining();
    if (!exchange.keepAlive)
        head.fieldLine("Connection: close");
    else if (exchange.head.minorVersion() == 0)
        head.fieldLine("Connection: keep-alive");
}

engine::Task<> answerStatus(Exchange &exchange, unsigned status, std::string_view extraField)
{
    Connection &connection = *exchange.connection;
    Server &server = connection.server();
    std::string page = "<!doctype html>\n<title>";
    const std::string line = std::to_string(status) + ' ' + std::string(reasonPhrase(status));
    page += line + "</title>\n<h1>" + line + "</h1>\n";
    const bool hasBody = status != 204 && status != 304;

    engine::Buffer out(server.buffers());
    wire::HeadWriter head(out.room());
    head.statusLine(status);
    head.fieldLine(server.dateField());
    if (!extraField.empty())
        head.fieldLine(extraField);
    if (hasBody) {
        head.fieldLine("Content-Type: text/html; charset=utf-8");
        head.field("Content-Length", page.size());
    }
    // A head that could not be read, or a body that was not, leaves nothing to find the next request by.
    writeConnection(head, exchange, exchange.head.error() == wire::Http1Error::none && exchange.body.isWhole());
    head.end();
    out.append(head.size());
    if (hasBody && exchange.head.method() != wire::Method::head)
        out.append(page);
    exchange.body.consumeIfWhole();
    exchange.status = status;
    const auto sent = co_await connection.client().send(out.view(), connection.listener().config().writeTimeout);
    exchange.bytesOut = sent.bytes - std::min(sent.bytes, head.size());
    if (!sent.ok())
        exchange.keepAlive = false;
}

unsigned statusFor(RequestBody::Status status) noexcept
{
    switch (status) {
    case RequestBody::Status::malformed:
        return 400;
    case RequestBody::Status::tooLarge:
        return 413;
    case RequestBody::Status::timedOut:
        return 408;
    case RequestBody::Status::data:
    case RequestBody::Status::end:
    case RequestBody::Status::lost:
        break;
    }
    return 0;
}

} // namespace mainstay::http
