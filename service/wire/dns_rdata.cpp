// SPDX-License-Identifier: GPL-3.0-or-later
// Checks of record data.
#include "wire/dns_rdata.h"

#include "wire/dns_reader.h"

namespace mainstay::wire {

bool isWellFormedRdata(RecordType type, std::span<const std::uint8_t> rdata) noexcept
{
    if (type == RecordType::a)
        return rdata.size() == 4;
    if (type == RecordType::aaaa)
        return rdata.size() == 16;
    const RdataLayout layout = rdataLayout(type);
    if (layout.names == 0)
        return true;

    WireReader reader(rdata);
    reader.skip(layout.before);
    for (unsigned name = 0; name < layout.names; ++name)
        (void)reader.plainName();
    if (type == RecordType::soa)
        reader.skip(20);
    const bool mayHaveMore = type == RecordType::svcb || type == RecordType::https;
    return reader.ok() && (mayHaveMore || reader.atEnd());
}

} // namespace mainstay::wire
