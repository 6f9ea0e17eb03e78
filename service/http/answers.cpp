// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/answers.h"

#include "base/http_status.h"
#include "http/connection.h"
#include "http/field_edits.h"
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

namespace {

constexpr std::string_view kHtml = "text/html; charset=utf-8";

struct Page {
    std::string_view mediaType;
    std::string_view text;
};

// The site's page for a status: 404.html, or 4xx.html for all of its kind. Null when there is none, or it is too large
// to be held in memory.
std::shared_ptr<const CachedFile> errorPage(const Exchange &exchange, unsigned status)
{
    if (!exchange.site || status < 400)
        return nullptr;
    const std::string &folder = exchange.site->config().errorPages.path;
    if (folder.empty())
        return nullptr;
    FileCache &files = exchange.connection->server().files();
    const std::string digits = std::to_string(status);
    for (const std::string &name : {digits, digits.substr(0, 1) + "xx"}) {
        const FileCache::Found found = files.find(folder, "/" + name + ".html");
        if (found.status == OpenStatus::file && found.file->inMemory())
            return found.file;
    }
    return nullptr;
}

// For want of room for what the answer says of the URI, as where it leads to.
engine::Task<> answerTooLong(Exchange &exchange, engine::Buffer out)
{
    constexpr unsigned kUriTooLong = 414;
    Connection &connection = *exchange.connection;
    exchange.mustClose = true;
    exchange.status = kUriTooLong;
    wire::HeadWriter head(out.room());
    head.statusLine(kUriTooLong);
    head.fieldLine(connection.server().dateField());
    head.fieldLine("Content-Length: 0");
    writeConnection(head, exchange, false);
    head.end();
    out.append(head.size());
    static_cast<void>(co_await connection.client().send(out.view(), connection.listener().config().writeTimeout));
}

engine::Task<> answerPage(Exchange &exchange, unsigned status, Page page, std::string_view extraField)
{
    Connection &connection = *exchange.connection;
    Server &server = connection.server();
    const AnswerFields fields(exchange);
    const bool hasBody = status != 204 && status != 304;

    engine::Buffer out(server.buffers());
    wire::HeadWriter head(out.room());
    head.statusLine(status);
    head.fieldLine(server.dateField());
    if (!extraField.empty())
        head.fieldLine(extraField);
    if (hasBody) {
        if (!fields.replaces("Content-Type"))
            head.field("Content-Type", page.mediaType);
        head.field("Content-Length", page.text.size());
    }
    fields.write(head);
    // A head that could not be read, or a body that was not, leaves nothing to find the next request by.
    writeConnection(head, exchange, exchange.head.error() == wire::Http1Error::none && exchange.body.isWhole());
    head.end();
    if (!head.ok())
        co_return co_await answerTooLong(exchange, std::move(out));
    out.append(head.size());
    const std::string_view body = hasBody && exchange.head.method() != wire::Method::head ? page.text : "";
    exchange.body.consumeIfWhole();
    exchange.status = status;
    const auto sent = co_await connection.client().send(engine::Pieces{{out.view(), body}},
                                                        connection.listener().config().writeTimeout);
    exchange.bytesOut = sent.bytes - std::min(sent.bytes, head.size());
    if (!sent.ok())
        exchange.keepAlive = false;
}

} // namespace

engine::Task<> answerStatus(Exchange &exchange, unsigned status, std::string_view extraField)
{
    if (const auto file = errorPage(exchange, status))
        co_return co_await answerPage(exchange, status, {file->mediaType, file->content}, extraField);
    const std::string line = std::to_string(status) + ' ' + std::string(reasonPhrase(status));
    const std::string page = "<!doctype html>\n<title>" + line + "</title>\n<h1>" + line + "</h1>\n";
    co_await answerPage(exchange, status, {kHtml, page}, extraField);
}

engine::Task<> answerContent(Exchange &exchange, unsigned status, std::string_view mediaType, std::string_view text)
{
    return answerPage(exchange, status, {mediaType, text}, {});
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
    case RequestBody::Status::diskFull:
        return 507;
    case RequestBody::Status::notStored:
        return 503;
    case RequestBody::Status::data:
    case RequestBody::Status::end:
    case RequestBody::Status::lost:
        break;
    }
    return 0;
}

} // namespace mainstay::http
