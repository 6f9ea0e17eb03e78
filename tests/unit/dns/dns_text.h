// SPDX-License-Identifier: GPL-3.0-or-later
// DNS messages in tests: queries made, responses taken apart and written as text.
#pragma once

#include "wire/dns_message.h"
#include "wire/dns_rdata.h"
#include "wire/dns_reader.h"
#include "wire/dns_writer.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mainstay::tests {

using Message = std::vector<std::uint8_t>;

struct QueryOptions {
    std::optional<std::uint16_t> edns = std::nullopt; // the size the client says it takes
    std::uint8_t version = 0;
    bool dnssecOk = false;
    std::uint16_t flags = wire::kFlagRecursionDesired;
    std::uint16_t recordClass = 1;
};

inline Message makeQuery(std::string_view name, std::uint16_t type, const QueryOptions &options = {})
{
    Message message(512);
    wire::MessageWriter writer(message, message.size());
    writer.u16(0x4d53);
    writer.u16(options.flags);
    writer.u16(1);
    writer.u32(0);
    writer.u16(options.edns ? 1 : 0);
    writer.bytes(wire::Name::parse(name).value().view().bytes());
    writer.u16(type);
    writer.u16(options.recordClass);
    if (options.edns) {
        writer.u8(0);
        writer.u16(static_cast<std::uint16_t>(wire::RecordType::opt));
        writer.u16(*options.edns);
        writer.u8(0);
        writer.u8(options.version);
        writer.u16(options.dnssecOk ? 0x8000 : 0);
        writer.u16(0);
    }
    message.resize(writer.size());
    return message;
}

struct ResponseText {
    bool ok = false; // well formed to the last octet
    std::uint16_t id = 0;
    std::uint16_t flags = 0;
    unsigned rcode = 0; // with its EDNS part
    std::string question;
    std::vector<std::string> answer; // in order; "owner TTL type data"
    std::vector<std::string> authority;
    std::vector<std::string> additional; // without OPT
    std::optional<wire::Edns> edns;

    [[nodiscard]] bool has(std::uint16_t flag) const { return (flags & flag) != 0; }
};

// Data with names as text where the type has any, else in hexadecimal.
inline std::string rdataText(wire::RecordType type, wire::WireReader &wire, std::size_t size,
                             std::span<const std::uint8_t> message)
{
    const std::size_t end = wire.position() + size;
    const auto hex = [](std::span<const std::uint8_t> bytes) {
        std::string out;
        for (const std::uint8_t byte : bytes) {
            char digits[3];
            std::snprintf(digits, sizeof digits, "%02x", byte);
            out += digits;
        }
        return out;
    };
    const wire::RdataLayout layout = wire::rdataLayout(type);
    std::string out = hex(wire.bytes(layout.before));
    for (unsigned i = 0; i < layout.names; ++i)
        out += (out.empty() ? "" : " ") + wire.name().text();
    if (!wire.ok() || wire.position() > end || end > message.size()) {
        wire.fail();
        return out;
    }
    // After its names a type has nothing more, but for these.
    const std::size_t left = end - wire.position();
    const bool mayHaveMore = type == wire::RecordType::svcb || type == wire::RecordType::https;
    if (layout.names > 0 && !mayHaveMore && left != (type == wire::RecordType::soa ? 20u : 0u))
        wire.fail();
    const std::string rest = hex(wire.bytes(left));
    return out + (out.empty() || rest.empty() ? "" : " ") + rest;
}

inline ResponseText parseResponse(std::span<const std::uint8_t> message)
{
    ResponseText response;
    wire::WireReader wire(message);
    const wire::Header header = wire::Header::read(wire);
    response.id = header.id;
    response.flags = header.flags;
    response.rcode = header.flags & 15;
    for (unsigned i = 0; i < header.questions && wire.ok(); ++i) {
        response.question += wire.name().text() + " ";
        response.question += std::to_string(wire.u16());
        wire.skip(2);
    }
    const auto readSection = [&](unsigned count, std::vector<std::string> &section) {
        for (; count > 0 && wire.ok(); --count) {
            const std::string owner = wire.name().text();
            const auto type = static_cast<wire::RecordType>(wire.u16());
            const std::uint16_t recordClass = wire.u16();
            const std::uint32_t ttl = wire.u32();
            const std::uint16_t size = wire.u16();
            if (type == wire::RecordType::opt) {
                if (response.edns || owner != ".")
                    wire.fail();
                response.edns = wire::Edns{recordClass, static_cast<std::uint8_t>(ttl >> 16), (ttl & 0x8000) != 0};
                response.rcode |= ttl >> 24 << 4;
                wire.skip(size);
                continue;
            }
            const std::string rdata = rdataText(type, wire, size, message);
            section.push_back(owner + " " + std::to_string(ttl) + " " + std::to_string(static_cast<unsigned>(type)) +
                              " " + rdata);
        }
    };
    readSection(header.answers, response.answer);
    readSection(header.authorities, response.authority);
    readSection(header.additionals, response.additional);
    response.ok = wire.ok() && wire.atEnd();
    return response;
}

} // namespace mainstay::tests
