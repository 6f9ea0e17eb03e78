// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/answerer.h"

#include "dns/resolution.h"
#include "dns/response.h"
#include "wire/dns_message.h"

#include <algorithm>

namespace mainstay::dns {

namespace {

using wire::Rcode;
using wire::RecordType;

std::size_t sizeLimit(const wire::Query &query, const Transport &transport) noexcept
{
    if (transport.isStream)
        return wire::kMaxMessageSize;
    if (!query.edns)
        return wire::kMaxPlainUdpSize;
    return std::clamp<std::size_t>(query.edns->udpSize, wire::kMaxPlainUdpSize,
                                   std::max<std::size_t>(transport.udpSize, wire::kMaxPlainUdpSize));
}

// What is wrong with a whole query before any zone is asked; noError if nothing.
Rcode refusal(const wire::Query &query) noexcept
{
    if (query.edns && query.edns->version > 0)
        return Rcode::badVersion;
    switch (query.type) {
    case RecordType::opt:
    case RecordType::tsig:
        return Rcode::formatError;
    case RecordType::tkey:
    case RecordType::maila:
    case RecordType::mailb:
        return Rcode::notImplemented;
    case RecordType::axfr:
    case RecordType::ixfr:
        return Rcode::refused;
    default:
        return query.recordClass == wire::RecordClass::in ? Rcode::noError : Rcode::refused;
    }
}

} // namespace

Outcome answer(std::span<const std::uint8_t> message, const snapshot::ZoneTable &zones, const Transport &transport,
               std::span<std::uint8_t> out) noexcept
{
    wire::Query query;
    Outcome outcome;
    switch (wire::readQuery(message, query)) {
    case wire::QueryStatus::unanswerable:
        return outcome;
    case wire::QueryStatus::notImplemented:
        outcome.rcode = Rcode::notImplemented;
        outcome.size =
            query.edns // who sends an OPT record gets one back (RFC 6891 section 6.1.1)
                ? Response(message, query, out, sizeLimit(query, transport), transport.udpSize).finish(outcome.rcode)
                : Response::headerOnly(query.header, outcome.rcode, out);
        return outcome;
    case wire::QueryStatus::malformed:
        outcome.rcode = Rcode::formatError;
        outcome.size = Response::headerOnly(query.header, outcome.rcode, out);
        return outcome;
    case wire::QueryStatus::complete:
        break;
    }

    Response response(message, query, out, sizeLimit(query, transport), transport.udpSize);
    outcome.rcode = refusal(query);
    if (outcome.rcode == Rcode::noError) {
        Resolution resolution(zones, query, response);
        outcome.rcode = resolution.run();
        outcome.zone = resolution.zone();
    }
    outcome.isTruncated = response.isTruncated();
    outcome.size = response.finish(outcome.rcode);
    return outcome;
}

} // namespace mainstay::dns
