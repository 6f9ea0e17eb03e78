// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/dns_lookup.h"

#include "wire/dns_message.h"
#include "wire/dns_writer.h"

#include <algorithm>

namespace mainstay::wire {

namespace {

constexpr int kMostAliases = 8; // in a row

// What follows a name among the answers: its address, or the name it is an alias of.
enum class Step : std::uint8_t { address, alias, nothing };

Step findRecord(WireReader records, std::size_t count, RecordType type, const std::optional<IpAddress> &inUse,
                Name &name, IpAddress &address)
{
    Step step = Step::nothing;
    for (std::size_t i = 0; i < count && records.ok(); ++i) {
        const Name owner = records.name();
        const auto recordType = static_cast<RecordType>(records.u16());
        const auto recordClass = static_cast<RecordClass>(records.u16());
        records.skip(4); // its time to live
        const std::size_t size = records.u16();
        WireReader data = records;
        records.skip(size);
        if (!records.ok() || recordClass != RecordClass::in || !(owner == name))
            continue;
        const std::size_t wanted = type == RecordType::a ? 4 : 16;
        if (recordType == type && size == wanted) {
            IpAddress found;
            found.family = type == RecordType::a ? IpAddress::Family::v4 : IpAddress::Family::v6;
            const auto bytes = data.bytes(size);
            std::copy(bytes.begin(), bytes.end(), found.bytes.begin());
            if (step == Step::nothing || found == inUse)
                address = found;
            step = Step::address;
        } else if (recordType == RecordType::cname && step == Step::nothing) {
            name = data.name();
            return data.ok() ? Step::alias : Step::nothing;
        }
    }
    return step;
}

} // namespace

std::size_t writeLookup(std::span<std::uint8_t> out, std::uint16_t id, NameView name, RecordType type) noexcept
{
    MessageWriter writer(out, out.size());
    writer.u16(id);
    writer.u16(kFlagRecursionDesired);
    writer.u16(1); // question
    for (int i = 0; i < 3; ++i)
        writer.u16(0);
    writer.bytes(name.bytes());
    writer.u16(static_cast<std::uint16_t>(type));
    writer.u16(static_cast<std::uint16_t>(RecordClass::in));
    return writer.ok() ? writer.size() : 0;
}

LookupStatus readLookup(std::span<const std::uint8_t> message, std::uint16_t id, NameView name, RecordType type,
                        const std::optional<IpAddress> &inUse, IpAddress &address) noexcept
{
    WireReader wire(message);
    const Header header = Header::read(wire);
    if (!wire.ok() || header.id != id || !header.isResponse() || header.questions != 1)
        return LookupStatus::foreign;
    const Name asked = wire.name();
    const auto askedType = static_cast<RecordType>(wire.u16());
    wire.u16();
    if (!wire.ok() || !(asked == name) || askedType != type)
        return LookupStatus::foreign;
    const auto rcode = static_cast<Rcode>(header.flags & 0xf);
    if (rcode != Rcode::noError)
        return rcode == Rcode::nameError ? LookupStatus::none : LookupStatus::failed;
    Name current = asked;
    for (int aliases = 0; aliases <= kMostAliases; ++aliases) {
        switch (findRecord(wire, header.answers, type, inUse, current, address)) {
        case Step::address:
            return LookupStatus::found;
        case Step::alias:
            continue;
        case Step::nothing:
            return LookupStatus::none;
        }
    }
    return LookupStatus::none;
}

} // namespace mainstay::wire
