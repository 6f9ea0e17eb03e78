// SPDX-License-Identifier: GPL-3.0-or-later
// Reading queries.
#include "wire/dns_message.h"

namespace mainstay::wire {

namespace {

// The part of an OPT record after its type, RFC 6891 6.1.3. A cookie or any other option need only be whole.
Edns readOpt(WireReader &wire) noexcept
{
    Edns edns;
    edns.udpSize = wire.u16();
    wire.skip(1); // the extended rcode says nothing in a query
    edns.version = wire.u8();
    edns.dnssecOk = (wire.u16() & 0x8000) != 0;
    WireReader options(wire.bytes(wire.u16()));
    while (options.ok() && !options.atEnd()) {
        options.skip(2);
        options.skip(options.u16());
    }
    if (!options.ok())
        wire.fail();
    return edns;
}

void skipRecords(WireReader &wire, unsigned count) noexcept
{
    for (; count > 0 && wire.ok(); --count) {
        wire.skipName();
        if (static_cast<RecordType>(wire.u16()) == RecordType::opt)
            wire.fail();
        wire.skip(6);
        wire.skip(wire.u16());
    }
}

void readAdditionals(WireReader &wire, Query &query) noexcept
{
    for (unsigned left = query.header.additionals; left > 0 && wire.ok(); --left) {
        const std::size_t start = wire.position();
        wire.skipName();
        const bool isAtRoot = wire.position() - start == 1;
        if (static_cast<RecordType>(wire.u16()) != RecordType::opt) {
            wire.skip(6);
            wire.skip(wire.u16());
            continue;
        }
        if (query.edns || !isAtRoot)
            wire.fail();
        query.edns = readOpt(wire);
    }
}

} // namespace

QueryStatus readQuery(std::span<const std::uint8_t> message, Query &query) noexcept
{
    WireReader wire(message);
    query.header = Header::read(wire);
    query.edns.reset();
    if (!wire.ok() || query.header.isResponse())
        return QueryStatus::unanswerable;
    const bool isQuery = query.header.opcode() == Opcode::query;
    if (query.header.questions != 1)
        return isQuery ? QueryStatus::malformed : QueryStatus::notImplemented;

    query.name = wire.plainName();
    query.type = static_cast<RecordType>(wire.u16());
    query.recordClass = static_cast<RecordClass>(wire.u16());
    skipRecords(wire, unsigned{query.header.answers} + query.header.authorities);
    readAdditionals(wire, query);
    const bool isWhole = wire.ok() && wire.atEnd();
    if (!isWhole)
        query.edns.reset();
    if (!isQuery)
        return QueryStatus::notImplemented;
    return isWhole ? QueryStatus::complete : QueryStatus::malformed;
}

} // namespace mainstay::wire
