// SPDX-License-Identifier: GPL-3.0-or-later
// The numbers of DNS that we treat in a way of their own (IANA "Domain Name System Parameters").
#pragma once

#include <cstdint>

namespace mainstay::wire {

// Any 16-bit value is a type; these are the ones with a meaning to us.
enum class RecordType : std::uint16_t {
    a = 1,
    ns = 2,
    md = 3,
    mf = 4,
    cname = 5,
    soa = 6,
    mb = 7,
    mg = 8,
    mr = 9,
    ptr = 12,
    hinfo = 13,
    minfo = 14,
    mx = 15,
    txt = 16,
    rp = 17,
    afsdb = 18,
    rt = 21,
    px = 26,
    aaaa = 28,
    srv = 33,
    kx = 36,
    dname = 39,
    opt = 41,
    ds = 43,
    rrsig = 46,
    nsec = 47,
    nsec3 = 50,
    nsec3param = 51,
    svcb = 64,
    https = 65,
    tkey = 249,
    tsig = 250,
    ixfr = 251,
    axfr = 252,
    mailb = 253,
    maila = 254,
    any = 255,
};

enum class RecordClass : std::uint16_t { in = 1, chaos = 3, any = 255 };

enum class Opcode : std::uint8_t { query = 0, notify = 4, update = 5 };

// Values above 15 need EDNS (RFC 6891 6.1.3).
enum class Rcode : std::uint16_t {
    noError = 0,
    formatError = 1,
    serverFailure = 2,
    nameError = 3,
    notImplemented = 4,
    refused = 5,
    nameTooLong = 6, // YXDOMAIN, for a DNAME whose result is too long (RFC 6672 2.2)
    badVersion = 16,
};

} // namespace mainstay::wire
