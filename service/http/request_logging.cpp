// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/request_logging.h"

#include "http/connection.h"
#include "http/server.h"

#include <algorithm>

namespace mainstay::http {

namespace {

constexpr unsigned kClientGone = 499; // before the answer
constexpr std::size_t kLoggedOfRefused = 256;

// Looked up only for the formats that name one.
class Fields final : public logs::HeadFields {
public:
    explicit Fields(const wire::RequestHead &head) : m_head(head) {}

    [[nodiscard]] std::string_view find(std::string_view name) const override { return m_head.find(name).value_or(""); }

private:
    const wire::RequestHead &m_head;
};

std::string_view protocolOf(const Exchange &exchange)
{
    if (exchange.connection->carrier() == Carrier::stream)
        return "HTTP/2.0";
    return exchange.head.minorVersion() == 0 ? "HTTP/1.0" : "HTTP/1.1";
}

// The first line of what was refused: enough for the log to tell a slip from an attack.
std::string_view firstLine(std::string_view bytes)
{
    bytes = bytes.substr(0, kLoggedOfRefused);
    return bytes.substr(0, bytes.find_first_of("\r\n"));
}

std::int64_t micros(SteadyTime from, SteadyTime to)
{
    return std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::microseconds>(to - from).count(), 0);
}

logs::Phases phasesOf(const Exchange &exchange, SteadyTime end)
{
    logs::Phases phases;
    phases.tls = exchange.connection->client().takeHandshake();
    constexpr SteadyTime kNever{};
    if (exchange.askedAt == kNever)
        return phases;
    phases.wait = micros(exchange.begun, exchange.askedAt);
    const bool connected = exchange.connectedAt != kNever;
    if (connected)
        phases.connect = micros(exchange.askedAt, exchange.connectedAt);
    if (exchange.answeredAt == kNever)
        return phases;
    phases.firstByte = micros(connected ? exchange.connectedAt : exchange.askedAt, exchange.answeredAt);
    phases.lastByte = micros(exchange.answeredAt, end);
    return phases;
}

} // namespace

void logRequest(Exchange &exchange, std::string_view received, SteadyTime end)
{
    const Connection &connection = *exchange.connection;
    Server &server = connection.server();
    const snapshot::Site *site = exchange.site ? &*exchange.site : nullptr;
    if (site && !site->config().accessLog)
        return;
    const auto &logs = site && !site->logs().empty() ? site->logs() : server.reader().current().serviceLogs;
    if (logs.empty())
        return;
    const wire::RequestHead &head = exchange.head;
    const Fields fields(head);
    logs::AccessRecord record;
    record.client = exchange.client;
    record.status = exchange.status == 0 ? kClientGone : exchange.status;
    record.bytes = exchange.bytesOut;
    record.bytesIn = exchange.body.received();
    record.isEncrypted = exchange.isSecure;
    record.micros = micros(exchange.begun, end);
    record.phases = phasesOf(exchange, end);
    if (site)
        record.site = site->name();
    if (exchange.admission) {
        record.user = exchange.admission->user;
        record.requestId = exchange.admission->requestId;
    }
    record.cache = exchange.cacheOutcome;
    if (exchange.server && exchange.server->endpoint)
        record.upstream = &*exchange.server->endpoint;
    record.error = faultName(exchange.fault);
    if (head.error() == wire::Http1Error::none && !exchange.headBytes.empty()) {
        record.method = head.methodText();
        record.target = head.target();
        record.path = head.path();
        record.query = head.query();
        record.protocol = protocolOf(exchange);
        record.host = head.host();
        record.referer = head.find(wire::KnownField::referer).value_or("");
        record.userAgent = head.find(wire::KnownField::userAgent).value_or("");
        record.fields = &fields;
    } else {
        record.refusedLine = firstLine(received);
    }
    const std::int64_t millis = server.wallMillis(end);
    for (const auto &log : logs)
        server.laneOf(*log).offer(*log, record, millis);
}

} // namespace mainstay::http
