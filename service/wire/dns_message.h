// SPDX-License-Identifier: GPL-3.0-or-later
// The header of a DNS message, and queries: one question with, perhaps, EDNS (RFC 1035 4.1, RFC 6891).
#pragma once

#include "wire/dns_name.h"
#include "wire/dns_reader.h"
#include "wire/dns_types.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace mainstay::wire {

inline constexpr std::size_t kHeaderSize = 12;
inline constexpr std::size_t kMaxPlainUdpSize = 512;  // without EDNS
inline constexpr std::size_t kMaxMessageSize = 65535; // over TCP
inline constexpr std::size_t kOptRecordSize = 11;     // an OPT record without options

// Bits of the header's second word.
inline constexpr std::uint16_t kFlagResponse = 0x8000;
inline constexpr std::uint16_t kFlagAuthoritative = 0x0400;
inline constexpr std::uint16_t kFlagTruncated = 0x0200;
inline constexpr std::uint16_t kFlagRecursionDesired = 0x0100;
inline constexpr std::uint16_t kMaskOpcode = 0x7800;

struct Header {
    std::uint16_t id = 0;
    std::uint16_t flags = 0;
    std::uint16_t questions = 0;
    std::uint16_t answers = 0;
    std::uint16_t authorities = 0;
    std::uint16_t additionals = 0;

    [[nodiscard]] static Header read(WireReader &wire) noexcept
    {
        return {wire.u16(), wire.u16(), wire.u16(), wire.u16(), wire.u16(), wire.u16()};
    }
    [[nodiscard]] bool isResponse() const noexcept { return (flags & kFlagResponse) != 0; }
    [[nodiscard]] Opcode opcode() const noexcept { return static_cast<Opcode>((flags & kMaskOpcode) >> 11); }
};

// What an OPT record says. Its options are checked for form and otherwise passed over.
struct Edns {
    std::uint16_t udpSize = 0;
    std::uint8_t version = 0;
    bool dnssecOk = false;
};

struct Query {
    Header header;
    NameView name; // stands in the message
    RecordType type{};
    RecordClass recordClass{};
    std::optional<Edns> edns;

    // The question as it came, after the header.
    [[nodiscard]] std::size_t questionSize() const noexcept { return name.size() + 4; }
};

enum class QueryStatus : std::uint8_t {
    complete,
    unanswerable,   // too short for a header, or a response: answering could loop
    notImplemented, // another opcode; all but the header only where it has the form of a query, as `edns` does
    malformed,
};

// Reads a whole message. Records in answer and authority are allowed and passed over, octets after the last are not.
QueryStatus readQuery(std::span<const std::uint8_t> message, Query &query) noexcept;

} // namespace mainstay::wire
