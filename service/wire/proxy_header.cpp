// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/proxy_header.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace mainstay::wire {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view kTextStart = "PROXY ";
constexpr std::size_t kLongestText = 107;
constexpr std::string_view kBinaryStart = "\r\n\r\n\0\r\nQUIT\n"sv;
constexpr std::size_t kFixed = 16; // of version 2: up to the addresses
constexpr std::size_t kLengthAt = 14;
constexpr unsigned kChecksum = 0x03; // the type of that extension

using Family = IpAddress::Family;

std::size_t sizeOf(Family family)
{
    return family == Family::v4 ? 4 : 16;
}

unsigned byteAt(std::string_view bytes, std::size_t at)
{
    return static_cast<unsigned char>(bytes[at]);
}

std::size_t number16(std::string_view bytes, std::size_t at)
{
    return byteAt(bytes, at) << 8 | byteAt(bytes, at + 1);
}

bool isBeginningOf(std::string_view bytes, std::string_view start)
{
    const std::size_t size = std::min(bytes.size(), start.size());
    return bytes.substr(0, size) == start.substr(0, size);
}

// ---- version 1

// What stands before the next space, or the rest.
std::string_view takeWord(std::string_view &line)
{
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(word.size() + 1, line.size()));
    return word;
}

std::optional<std::uint16_t> portOf(std::string_view text)
{
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    const bool isPadded = text.size() > 1 && text.front() == '0'; // it might be meant in octal
    if (error != std::errc() || end != text.data() + text.size() || isPadded)
        return std::nullopt;
    return port;
}

ParseStatus parseText(std::string_view bytes, ProxyHeader &header)
{
    const std::size_t end = bytes.substr(0, kLongestText).find("\r\n");
    if (end == std::string_view::npos)
        return bytes.size() < kLongestText ? ParseStatus::needMore : ParseStatus::malformed;
    header.length = end + 2;
    std::string_view line = bytes.substr(kTextStart.size(), end - kTextStart.size());
    const std::size_t spaces = static_cast<std::size_t>(std::count(line.begin(), line.end(), ' '));
    const std::string_view protocol = takeWord(line);
    if (protocol == "UNKNOWN")
        return ParseStatus::complete;
    if ((protocol != "TCP4" && protocol != "TCP6") || spaces != 4)
        return ParseStatus::malformed;
    const Family family = protocol == "TCP4" ? Family::v4 : Family::v6;
    const auto source = IpAddress::parse(takeWord(line));
    const auto destination = IpAddress::parse(takeWord(line));
    const auto sourcePort = portOf(takeWord(line));
    const auto destinationPort = portOf(line);
    if (!source || !destination || source->family != family || destination->family != family || !sourcePort ||
        !destinationPort)
        return ParseStatus::malformed;
    header.namesClient = true;
    header.source = {*source, *sourcePort};
    header.destination = {*destination, *destinationPort};
    return ParseStatus::complete;
}

// ---- version 2

// CRC32c (RFC 3309), of few bytes of few connections.
class Checksum {
public:
    void add(std::string_view bytes)
    {
        for (const char c : bytes) {
            m_state ^= static_cast<unsigned char>(c);
            for (int bit = 0; bit < 8; ++bit)
                m_state = m_state >> 1 ^ ((m_state & 1) != 0 ? 0x82f63b78U : 0U);
        }
    }
    [[nodiscard]] std::uint32_t value() const { return ~m_state; }

private:
    std::uint32_t m_state = 0xffffffffU;
};

// Of the whole header, the checksum's own four bytes being zero.
bool isChecksumRight(std::string_view header, std::size_t at)
{
    Checksum checksum;
    checksum.add(header.substr(0, at));
    checksum.add("\0\0\0\0"sv);
    checksum.add(header.substr(at + 4));
    return checksum.value() == (number16(header, at) << 16 | number16(header, at + 2));
}

// Section 2.2: behind the addresses there is a type, two bytes of length and a value, again and again.
bool areExtensionsRight(std::string_view header, std::size_t at)
{
    constexpr std::size_t kHead = 3;
    while (at < header.size()) {
        if (header.size() - at < kHead)
            return false;
        const unsigned type = byteAt(header, at);
        const std::size_t size = number16(header, at + 1);
        at += kHead;
        if (header.size() - at < size)
            return false;
        if (type == kChecksum && (size != 4 || !isChecksumRight(header, at)))
            return false;
        at += size;
    }
    return true;
}

Endpoint endpointAt(std::string_view header, std::size_t addressAt, std::size_t portAt, Family family)
{
    Endpoint endpoint;
    endpoint.address.family = family;
    const std::string_view address = header.substr(addressAt, sizeOf(family));
    std::copy(address.begin(), address.end(), endpoint.address.bytes.begin());
    endpoint.port = static_cast<std::uint16_t>(number16(header, portAt));
    return endpoint;
}

ParseStatus parseBinary(std::string_view bytes, ProxyHeader &header)
{
    if (bytes.size() < kFixed)
        return ParseStatus::needMore;
    const unsigned command = byteAt(bytes, 12);
    const unsigned family = byteAt(bytes, 13) >> 4;
    const unsigned transport = byteAt(bytes, 13) & 0xf;
    header.length = kFixed + number16(bytes, kLengthAt);
    constexpr unsigned kLocal = 0x20;
    constexpr unsigned kProxy = 0x21;
    if ((command != kLocal && command != kProxy) || header.length > ProxyHeader::kMostBytes)
        return ParseStatus::malformed;
    if (bytes.size() < header.length)
        return ParseStatus::needMore;
    if (command == kLocal)
        return ParseStatus::complete;
    // None, IPv4, IPv6, Unix sockets.
    constexpr std::array<std::size_t, 4> kAddresses{0, 12, 36, 216};
    const std::string_view whole = bytes.substr(0, header.length);
    if (family >= kAddresses.size() || transport > 2 || header.length < kFixed + kAddresses[family] ||
        !areExtensionsRight(whole, kFixed + kAddresses[family]))
        return ParseStatus::malformed;
    constexpr unsigned kStream = 1;
    if (transport != kStream || (family != 1 && family != 2))
        return ParseStatus::complete; // who is meant is nobody that could be told of here
    const Family ip = family == 1 ? Family::v4 : Family::v6;
    const std::size_t size = sizeOf(ip);
    header.namesClient = true;
    header.source = endpointAt(whole, kFixed, kFixed + 2 * size, ip);
    header.destination = endpointAt(whole, kFixed + size, kFixed + 2 * size + 2, ip);
    return ParseStatus::complete;
}

IpAddress inIpv6(const IpAddress &address)
{
    if (address.family == Family::v6)
        return address;
    IpAddress mapped{Family::v6, {}};
    mapped.bytes[10] = mapped.bytes[11] = 0xff;
    std::copy_n(address.bytes.begin(), 4, mapped.bytes.begin() + 12);
    return mapped;
}

} // namespace

ParseStatus parseProxyHeader(std::string_view bytes, ProxyHeader &header) noexcept
{
    header = {};
    if (isBeginningOf(bytes, kTextStart))
        return bytes.size() < kTextStart.size() ? ParseStatus::needMore : parseText(bytes, header);
    if (isBeginningOf(bytes, kBinaryStart))
        return parseBinary(bytes, header);
    return ParseStatus::malformed;
}

ProxyHeaderText::ProxyHeaderText(ProxyVersion version, const Endpoint &source, const Endpoint &destination) noexcept
{
    Endpoint from = source;
    Endpoint to = destination;
    if (from.address.family != to.address.family) {
        from.address = inIpv6(from.address);
        to.address = inIpv6(to.address);
    }
    if (version == ProxyVersion::v1)
        writeText(from, to);
    else
        writeBinary(from, to);
}

ProxyHeaderText::ProxyHeaderText(ProxyVersion version) noexcept
{
    if (version == ProxyVersion::v1) {
        append("PROXY UNKNOWN\r\n");
        return;
    }
    append(kBinaryStart);
    append("\x20\0\0\0"sv); // LOCAL, nobody's addresses, and no bytes of them
}

void ProxyHeaderText::append(std::string_view text) noexcept
{
    m_size += text.copy(m_bytes.data() + m_size, m_bytes.size() - m_size);
}

void ProxyHeaderText::appendNumber(unsigned number) noexcept
{
    std::array<char, 10> digits{};
    const char *end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    append({digits.data(), static_cast<std::size_t>(end - digits.data())});
}

void ProxyHeaderText::writeText(const Endpoint &source, const Endpoint &destination) noexcept
{
    std::array<char, IpAddress::kMaxText> text{};
    append(source.address.family == Family::v4 ? "PROXY TCP4 " : "PROXY TCP6 ");
    append(source.address.textInto(text));
    append(" ");
    append(destination.address.textInto(text));
    append(" ");
    appendNumber(source.port);
    append(" ");
    appendNumber(destination.port);
    append("\r\n");
}

void ProxyHeaderText::writeBinary(const Endpoint &source, const Endpoint &destination) noexcept
{
    const bool isV4 = source.address.family == Family::v4;
    append(kBinaryStart);
    append(isV4 ? "\x21\x11\x00\x0c"sv : "\x21\x21\x00\x24"sv); // PROXY, TCP, and the bytes of both addresses
    for (const Endpoint *one : {&source, &destination})
        append({reinterpret_cast<const char *>(one->address.bytes.data()), sizeOf(source.address.family)});
    for (const Endpoint *one : {&source, &destination}) {
        const std::array bytes{static_cast<char>(one->port >> 8), static_cast<char>(one->port & 0xff)};
        append({bytes.data(), bytes.size()});
    }
}

} // namespace mainstay::wire
