// SPDX-License-Identifier: GPL-3.0-or-later
// A question for the address of a name, and what a resolver says to it.
#pragma once

#include "base/endpoint.h"
#include "wire/dns_name.h"
#include "wire/dns_types.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace mainstay::wire {

// Writes the question, with recursion desired, and returns its size; 0 when there is no room.
[[nodiscard]] std::size_t writeLookup(std::span<std::uint8_t> out, std::uint16_t id, NameView name,
                                      RecordType type) noexcept;

enum class LookupStatus : std::uint8_t {
    found,
    none,    // the name has no such address
    failed,  // the resolver cannot tell
    foreign, // no answer to this question: another one may follow
};

// Reads the answer to a question for an address (`a` or `aaaa`), through aliases (RFC 1034 section 4.3.2). Of several
// it is the one in use, if that is among them, or else the first.
[[nodiscard]] LookupStatus readLookup(std::span<const std::uint8_t> message, std::uint16_t id, NameView name,
                                      RecordType type, const std::optional<IpAddress> &inUse,
                                      IpAddress &address) noexcept;

} // namespace mainstay::wire
