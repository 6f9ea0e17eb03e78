// SPDX-License-Identifier: GPL-3.0-or-later
// What answering costs without a socket, in a zone of 100,000 names and for the kinds of queries clients send.
// Usage: dns_answer [NAMES]
#include "dns/answerer.h"
#include "wire/dns_message.h"
#include "wire/dns_writer.h"
#include "zones/zone_loader.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <span>
#include <string>
#include <vector>

using namespace mainstay;

namespace {

constexpr std::size_t kQueries = 65536;

using Message = std::vector<std::uint8_t>;

snapshot::ZoneTable makeZones(long names)
{
    std::string text = "$TTL 3600\n@ SOA ns1 hostmaster 1 7200 900 1209600 300\n@ NS ns1\n@ NS ns2\n"
                       "ns1 A 192.0.2.1\nns2 A 192.0.2.2\n@ MX 10 mail\nmail A 192.0.2.3\n*.wild A 192.0.2.4\n";
    for (long i = 0; i < names; ++i) {
        const std::string host = "host" + std::to_string(i);
        text += host + " A 10." + std::to_string(i >> 16 & 255) + "." + std::to_string(i >> 8 & 255) + "." +
                std::to_string(i & 255) + "\n";
        if (i % 2 == 0)
            text += host + " AAAA 2001:db8::" + std::to_string(i % 9999) + "\n";
        if (i % 10 == 0)
            text += "alias" + std::to_string(i) + " CNAME " + host + "\n";
    }
    zones::ZoneLoader loader({.apex = wire::Name::parse("example.org.").value(), .path = "zone"});
    loader.readText(text, "generated");
    const auto loaded = loader.finish();
    if (!loaded.zone)
        std::exit(1);
    return snapshot::ZoneTable().with(loaded.zone);
}

Message makeQuery(const std::string &name, wire::RecordType type, bool edns)
{
    Message message(512);
    wire::MessageWriter writer(message, message.size());
    writer.u16(4711);
    writer.u16(wire::kFlagRecursionDesired);
    writer.u16(1);
    writer.u32(0);
    writer.u16(edns ? 1 : 0);
    writer.bytes(wire::Name::parse(name).value().view().bytes());
    writer.u16(static_cast<std::uint16_t>(type));
    writer.u16(1);
    if (edns) {
        writer.u8(0);
        writer.u16(41);
        writer.u16(1232);
        writer.u32(0);
        writer.u16(0);
    }
    message.resize(writer.size());
    return message;
}

void measure(const char *what, const snapshot::ZoneTable &zones, const std::function<Message()> &make)
{
    // One after the other, as a socket's buffers would be warm.
    Message octetsOfAll;
    std::vector<std::size_t> ends{0};
    for (std::size_t i = 0; i < kQueries; ++i) {
        const Message query = make();
        octetsOfAll.insert(octetsOfAll.end(), query.begin(), query.end());
        ends.push_back(octetsOfAll.size());
    }
    std::array<std::uint8_t, 1232> out;
    double best = 1e9;
    std::size_t octets = 0;
    for (int round = 0; round < 9; ++round) {
        const auto start = std::chrono::steady_clock::now();
        octets = 0;
        for (std::size_t i = 0; i < kQueries; ++i) {
            const std::span query(octetsOfAll.data() + ends[i], ends[i + 1] - ends[i]);
            octets += dns::answer(query, zones, {}, out).size;
        }
        const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
        best = std::min(best, taken.count() / static_cast<double>(kQueries));
    }
    std::printf("%-10s %6.1f ns a query, %5.1f octets an answer\n", what, best,
                static_cast<double>(octets) / static_cast<double>(kQueries));
}

} // namespace

int main(int argc, char **argv)
{
    const long names = argc > 1 ? std::atol(argv[1]) : 100'000;
    const auto zones = makeZones(names);
    std::mt19937 random(1);
    const auto number = [&](long step) {
        return std::to_string(static_cast<long>(random() % static_cast<unsigned long>(names / step)) * step);
    };
    using wire::RecordType;
    const std::vector<std::pair<const char *, std::function<Message()>>> kinds = {
        {"A", [&] { return makeQuery("host" + number(1) + ".example.org", RecordType::a, true); }},
        {"AAAA", [&] { return makeQuery("host" + number(2) + ".example.org", RecordType::aaaa, true); }},
        {"CNAME", [&] { return makeQuery("alias" + number(10) + ".example.org", RecordType::a, true); }},
        {"NODATA", [&] { return makeQuery("host" + number(1) + ".example.org", RecordType::txt, true); }},
        {"NXDOMAIN", [&] { return makeQuery("nohost" + number(1) + ".example.org", RecordType::a, true); }},
        {"wildcard", [&] { return makeQuery("w" + number(1) + ".wild.example.org", RecordType::a, true); }},
        {"MX", [&] { return makeQuery("example.org", RecordType::mx, true); }},
        {"outside", [&] { return makeQuery("host" + number(1) + ".example.com", RecordType::a, true); }},
    };
    for (const auto &[what, make] : kinds)
        measure(what, zones, make);
    measure("mixed", zones, [&] { return kinds[random() % 6].second(); });
}
