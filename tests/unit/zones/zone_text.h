// SPDX-License-Identifier: GPL-3.0-or-later
// Loading zones from texts in tests, and writing out what they hold.
#pragma once

#include "zones/zone_loader.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>

namespace mainstay::tests {

inline const std::string_view kTop = "$TTL 300\n@ SOA ns1 admin 1 2 3 4 60\n@ NS ns1\nns1 A 192.0.2.1\n";

inline zones::LoadedZone load(std::string_view text, std::shared_ptr<const snapshot::Zone> current = {},
                              std::string_view apex = "example.org.")
{
    zones::ZoneLoader loader({.apex = wire::Name::parse(apex).value(), .path = "zone.test"}, std::move(current));
    loader.readText(text, "test.zone");
    return loader.finish();
}

inline zones::LoadedZone loadBelowTop(std::string_view text, std::shared_ptr<const snapshot::Zone> current = {})
{
    return load(std::string(kTop) + std::string(text), std::move(current));
}

// One line a record, in order: owner, type, TTL, data in hexadecimal. Empty non-terminals have lines of their own.
inline std::string dump(const snapshot::Zone &zone)
{
    std::string out;
    zone.names().forEach([&out](const snapshot::ZoneNode &node, std::uint64_t) {
        if (node.isEmptyNonTerminal()) {
            // How it is written shows nowhere, and depends on which name below it came first.
            std::string name = node.name().text();
            std::transform(name.begin(), name.end(), name.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
            out += name + " empty\n";
        }
        for (const auto rrset : node) {
            for (const auto record : rrset) {
                out += node.name().text() + " " + std::to_string(static_cast<unsigned>(rrset.type())) + " " +
                       std::to_string(record.ttl()) + " ";
                for (const std::uint8_t octet : record.rdata()) {
                    char hex[3];
                    std::snprintf(hex, sizeof hex, "%02x", octet);
                    out += hex;
                }
                out += "\n";
            }
        }
    });
    return out;
}

inline std::string texts(const Problems &problems)
{
    std::string out;
    for (const Problem &problem : problems)
        out += problem.text() + "\n";
    return out;
}

} // namespace mainstay::tests
