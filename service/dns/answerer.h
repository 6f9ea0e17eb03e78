// SPDX-License-Identifier: GPL-3.0-or-later
// Authoritative answers: RFC 1034 4.3.2 with wildcards (4592), DNAME (6672), EDNS (6891), negative answers (2308),
// minimal ANY (8482) and glue that is not optional (9471).
#pragma once

#include "snapshot/zone_table.h"
#include "wire/dns_types.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace mainstay::dns {

// How a query came.
struct Transport {
    // TCP, TLS or HTTPS: answers are up to 65535 octets.
    bool isStream = false;
    // The largest answer to go into a datagram, and what we say we take. Clients may ask for less. From 512 on.
    std::uint16_t udpSize = 1232;
};

struct Outcome {
    // Octets of the response; 0 when none may be sent.
    std::size_t size = 0;
    wire::Rcode rcode = wire::Rcode::noError;
    // Which zone answered; null outside of all. Lives as long as the table.
    const snapshot::ZoneEntry *zone = nullptr;
    bool isTruncated = false;
};

// Any thread. Neither allocates nor blocks. `out` is not `message`; it has at least max(512, udpSize) octets, and for a
// stream as many as the answer may have.
[[nodiscard]] Outcome answer(std::span<const std::uint8_t> message, const snapshot::ZoneTable &zones,
                             const Transport &transport, std::span<std::uint8_t> out) noexcept;

} // namespace mainstay::dns
