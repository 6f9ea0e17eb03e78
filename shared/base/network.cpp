// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/network.h"

#include <algorithm>
#include <charconv>

namespace mainstay {

namespace {

constexpr std::size_t kV4Bytes = 4;

unsigned bitsOf(IpAddress::Family family)
{
    return family == IpAddress::Family::v4 ? 32 : 128;
}

IpAddress unmapped(const IpAddress &address) noexcept
{
    constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (address.family != IpAddress::Family::v6 || !std::equal(kMapped.begin(), kMapped.end(), address.bytes.begin()))
        return address;
    IpAddress inner;
    std::copy_n(address.bytes.begin() + kMapped.size(), kV4Bytes, inner.bytes.begin());
    return inner;
}

IpAddress masked(IpAddress address, unsigned prefix) noexcept
{
    for (std::size_t i = 0; i < address.bytes.size(); ++i) {
        const unsigned before = static_cast<unsigned>(i) * 8;
        const unsigned kept = prefix > before ? std::min(prefix - before, 8U) : 0;
        address.bytes[i] = static_cast<std::uint8_t>(address.bytes[i] & (0xff00U >> kept));
    }
    return address;
}

} // namespace

bool Network::contains(const IpAddress &other) const noexcept
{
    const IpAddress plain = unmapped(other);
    return plain.family == address.family && masked(plain, prefix) == address;
}

Result<Network> Network::parse(std::string_view text)
{
    const auto malformed = [text](const std::string &why) {
        return fail("network.malformed", "`" + std::string(text) + "` is not a network" + why,
                    "write \"10.0.0.0/8\", \"2001:db8::/32\" or a single address");
    };
    const std::size_t slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address)
        return malformed("");
    unsigned prefix = bitsOf(address->family);
    if (slash != std::string_view::npos) {
        const std::string_view digits = text.substr(slash + 1);
        unsigned given = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), given);
        if (error != std::errc{} || end != digits.data() + digits.size() || given > prefix)
            return malformed("");
        prefix = given;
    }
    const Network network{*address, static_cast<std::uint8_t>(prefix)};
    if (masked(*address, prefix) != *address)
        return malformed(": its first address is " + masked(*address, prefix).text());
    return network;
}

Network Network::around(const IpAddress &address, unsigned ipv6Prefix) noexcept
{
    const IpAddress plain = unmapped(address);
    const unsigned bits = plain.family == IpAddress::Family::v6 ? ipv6Prefix : bitsOf(plain.family);
    return {masked(plain, bits), static_cast<std::uint8_t>(bits)};
}

std::string Network::text() const
{
    const bool isOne = prefix == bitsOf(address.family);
    return isOne ? address.text() : address.text() + "/" + std::to_string(prefix);
}

} // namespace mainstay
