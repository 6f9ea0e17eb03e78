// SPDX-License-Identifier: GPL-3.0-or-later
// A record as it comes out of a zone file.
#pragma once

#include "wire/dns_name.h"
#include "wire/dns_types.h"

#include <cstdint>
#include <span>

namespace mainstay::zones {

// A line of one of the files a zone is read from. The files are numbered by ZoneProblems.
struct SourceLine {
    std::uint32_t file = 0;
    std::uint32_t line = 0;
};

// Of class IN, as all we serve. Valid while it is handed over.
struct ZoneRecord {
    wire::NameView owner;
    wire::RecordType type{};
    std::uint32_t ttl = 0;
    std::span<const std::uint8_t> rdata;
    SourceLine source;
};

// Takes the records of a zone as they are read.
class RecordSink {
public:
    virtual void take(const ZoneRecord &record) = 0;

protected:
    ~RecordSink() = default;
};

} // namespace mainstay::zones
