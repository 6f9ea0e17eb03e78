// SPDX-License-Identifier: GPL-3.0-or-later
// Any octets as a query: what comes back is a whole response to it, within its limit, or nothing.
#include "dns/answerer.h"
#include "unit/dns/dns_text.h"
#include "zones/zone_loader.h"

#include <cstdlib>

using namespace mainstay;

namespace {

constexpr const char *kZone = R"($TTL 300
@ SOA ns1 admin 1 2 3 4 60
@ NS ns1
ns1 A 192.0.2.1
a CNAME b
b CNAME a
*.w MX 10 ns1
*.c CNAME x.c
d DNAME e
e TXT "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
f DNAME f.f
s NS ns.s
s NS ns1
ns.s AAAA 2001:db8::1
g.h.i HTTPS 1 .
$GENERATE 1-60 many TXT "this is number $ of the text records here"
)";

snapshot::ZoneTable makeZones()
{
    snapshot::ZoneTable zones;
    for (const char *apex : {"o.", "s.o.", "i.o."}) {
        zones::ZoneLoader loader({.apex = wire::Name::parse(apex).value(), .path = apex});
        loader.readText(kZone, apex);
        const auto loaded = loader.finish();
        if (!loaded.zone)
            std::abort();
        zones = zones.with(loaded.zone);
    }
    return zones;
}

void require(bool holds)
{
    if (!holds)
        std::abort();
}

void check(std::span<const std::uint8_t> message, const snapshot::ZoneTable &zones, const dns::Transport &transport)
{
    std::vector<std::uint8_t> out(transport.isStream ? 65535 : std::max<std::size_t>(transport.udpSize, 512));
    const dns::Outcome outcome = dns::answer(message, zones, transport, out);
    require(outcome.size <= out.size());
    if (outcome.size == 0)
        return;
    const tests::ResponseText response = tests::parseResponse(std::span(out).first(outcome.size));
    require(response.ok);
    require(response.id == (message[0] << 8 | message[1]));
    require(response.has(wire::kFlagResponse));
    require(response.has(wire::kFlagTruncated) == outcome.isTruncated);
    require(response.rcode == static_cast<unsigned>(outcome.rcode));
    require(transport.isStream || response.edns || outcome.size <= wire::kMaxPlainUdpSize);
    const std::size_t questionSize = response.question.empty() ? 0 : outcome.size - wire::kHeaderSize;
    for (std::size_t i = 0; i < questionSize && message[wire::kHeaderSize + i] != 0; ++i)
        require(out[wire::kHeaderSize + i] == message[wire::kHeaderSize + i]);
}

// Names as a resolver would read them, wherever one might begin.
void checkNames(std::span<const std::uint8_t> message)
{
    for (std::size_t at = 0; at < std::min<std::size_t>(message.size(), 64); ++at) {
        wire::WireReader reader(message, at);
        const wire::Name name = reader.name();
        wire::WireReader skipper(message, at);
        skipper.skipName();
        if (!reader.ok())
            continue;
        require(skipper.ok() && skipper.position() == reader.position());
        require(wire::NameView::read(name.view().bytes())->size() == name.view().size());
        require(wire::Name::parse(name.text()).value() == name);
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static const snapshot::ZoneTable zones = makeZones();
    const std::span message(data, size);
    check(message, zones, {});
    check(message, zones, {.udpSize = 600});
    check(message, zones, {.isStream = true});
    checkNames(message);
    return 0;
}
