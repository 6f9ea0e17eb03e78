// SPDX-License-Identifier: GPL-3.0-or-later
// Where record data hold names, and whether they may be compressed.
#pragma once

#include "wire/dns_name.h"
#include "wire/dns_types.h"

#include <cstdint>
#include <span>

namespace mainstay::wire {

// Record data are `before` octets, then `names` names, then the rest.
struct RdataLayout {
    std::uint8_t before = 0;
    std::uint8_t names = 0;
    bool compressible = false; // the types of RFC 1035 alone, RFC 3597 4
};

[[nodiscard]] constexpr RdataLayout rdataLayout(RecordType type) noexcept
{
    switch (type) {
    case RecordType::ns:
    case RecordType::md:
    case RecordType::mf:
    case RecordType::cname:
    case RecordType::mb:
    case RecordType::mg:
    case RecordType::mr:
    case RecordType::ptr:
        return {0, 1, true};
    case RecordType::soa:
    case RecordType::minfo:
        return {0, 2, true};
    case RecordType::mx:
        return {2, 1, true};
    case RecordType::dname:
        return {0, 1, false};
    case RecordType::rp:
        return {0, 2, false};
    case RecordType::afsdb:
    case RecordType::rt:
    case RecordType::kx:
    case RecordType::svcb:
    case RecordType::https:
        return {2, 1, false};
    case RecordType::px:
        return {2, 2, false};
    case RecordType::srv:
        return {6, 1, false};
    default:
        return {};
    }
}

// False when data of a type in the table above, or an address, are not what the type says. Other types are opaque.
[[nodiscard]] bool isWellFormedRdata(RecordType type, std::span<const std::uint8_t> rdata) noexcept;

// The first name in well-formed data of a type that has one.
[[nodiscard]] inline NameView rdataName(RecordType type, std::span<const std::uint8_t> rdata) noexcept
{
    return NameView::read(rdata.subspan(rdataLayout(type).before)).value_or(NameView());
}

} // namespace mainstay::wire
