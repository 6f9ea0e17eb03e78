// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/endpoint.h"

#include <charconv>
#include <optional>

namespace mainstay {

namespace {

std::optional<std::uint32_t> parseNumber(std::string_view text, int base, std::uint32_t most)
{
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc{} || end != text.data() + text.size() || value > most)
        return std::nullopt;
    return value;
}

bool parseV4(std::string_view text, std::uint8_t *out)
{
    for (int part = 0; part < 4; ++part) {
        const std::size_t dot = part < 3 ? text.find('.') : text.size();
        if (dot == std::string_view::npos || dot == 0 || dot > 3 || (dot > 1 && text[0] == '0'))
            return false;
        const auto value = parseNumber(text.substr(0, dot), 10, 255);
        if (!value)
            return false;
        out[part] = static_cast<std::uint8_t>(*value);
        text.remove_prefix(part < 3 ? dot + 1 : dot);
    }
    return text.empty();
}

// RFC 4291 section 2.2.
bool parseV6(std::string_view text, std::array<std::uint8_t, 16> &out)
{
    std::array<std::uint16_t, 8> groups{};
    std::size_t count = 0;
    std::optional<std::size_t> gap;
    if (text.starts_with("::")) {
        gap = 0;
        text.remove_prefix(2);
    }
    while (!text.empty()) {
        if (count == groups.size())
            return false;
        const std::size_t colon = text.find(':');
        const std::string_view group = text.substr(0, colon);
        if (colon == std::string_view::npos && group.find('.') != std::string_view::npos) {
            std::array<std::uint8_t, 4> quad{};
            if (count > 6 || !parseV4(group, quad.data()))
                return false;
            groups[count++] = static_cast<std::uint16_t>(quad[0] << 8 | quad[1]);
            groups[count++] = static_cast<std::uint16_t>(quad[2] << 8 | quad[3]);
            break;
        }
        const auto value = group.size() > 4 ? std::nullopt : parseNumber(group, 16, 0xffff);
        if (!value)
            return false;
        groups[count++] = static_cast<std::uint16_t>(*value);
        if (colon == std::string_view::npos)
            break;
        text.remove_prefix(colon + 1);
        if (text.starts_with(":")) {
            if (gap)
                return false;
            gap = count;
            text.remove_prefix(1);
        } else if (text.empty()) {
            return false;
        }
    }
    if (gap ? count > 7 : count != 8)
        return false;
    const std::size_t missing = groups.size() - count;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t at = gap && i >= *gap ? i + missing : i;
        out[2 * at] = static_cast<std::uint8_t>(groups[i] >> 8);
        out[2 * at + 1] = static_cast<std::uint8_t>(groups[i]);
    }
    return true;
}

} // namespace

Result<IpAddress> IpAddress::parse(std::string_view text)
{
    IpAddress address;
    if (text.find(':') != std::string_view::npos) {
        address.family = Family::v6;
        if (parseV6(text, address.bytes))
            return address;
    } else if (parseV4(text, address.bytes.data())) {
        return address;
    }
    return fail("address.malformed", "\"" + std::string(text) + "\" is not an IP address",
                "write it like 192.0.2.1 or 2001:db8::1");
}

std::string_view IpAddress::textInto(std::span<char, kMaxText> out) const noexcept
{
    char *at = out.data();
    const auto put = [&at, end = out.data() + out.size()](std::uint32_t value, int base) {
        at = std::to_chars(at, end, value, base).ptr;
    };
    if (family == Family::v4) {
        for (std::size_t i = 0; i < 4; ++i) {
            if (i > 0)
                *at++ = '.';
            put(bytes[i], 10);
        }
        return {out.data(), static_cast<std::size_t>(at - out.data())};
    }
    // RFC 5952 section 4.2: the longest run of two or more zero groups, the first of equals, becomes "::".
    const auto group = [this](std::size_t i) { return std::uint32_t(bytes[2 * i]) << 8 | bytes[2 * i + 1]; };
    std::size_t bestAt = 8;
    std::size_t bestLength = 1;
    for (std::size_t i = 0; i < 8; ++i) {
        std::size_t end = i;
        while (end < 8 && group(end) == 0)
            ++end;
        if (end - i > bestLength) {
            bestAt = i;
            bestLength = end - i;
        }
        if (end > i)
            i = end;
    }
    for (std::size_t i = 0; i < 8; ++i) {
        if (i == bestAt) {
            *at++ = ':';
            *at++ = ':';
            i += bestLength - 1;
            continue;
        }
        if (i > 0 && i != bestAt + bestLength)
            *at++ = ':';
        put(group(i), 16);
    }
    return {out.data(), static_cast<std::size_t>(at - out.data())};
}

void IpAddress::appendTo(std::string &out) const
{
    std::array<char, kMaxText> text;
    out += textInto(text);
}

std::string IpAddress::text() const
{
    std::string out;
    appendTo(out);
    return out;
}

Result<Endpoint> Endpoint::parse(std::string_view text)
{
    const auto malformed = [text] {
        return fail("endpoint.malformed", "\"" + std::string(text) + "\" is not an address with a port",
                    "write it like 127.0.0.1:8080, [::1]:8080 or *:8080");
    };
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return malformed();
    std::string_view host = text.substr(0, colon);
    const std::string_view digits = text.substr(colon + 1);
    const auto port = parseNumber(digits, 10, 65535);
    if (!port || digits.size() > 5)
        return malformed();
    if (host.empty() || host == "*")
        return Endpoint{{}, static_cast<std::uint16_t>(*port)};
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed)
        host = host.substr(1, host.size() - 2);
    auto address = IpAddress::parse(host);
    if (!address || (address->family == IpAddress::Family::v6) != bracketed)
        return malformed();
    return Endpoint{*address, static_cast<std::uint16_t>(*port)};
}

std::string Endpoint::text() const
{
    std::string out;
    const bool bracketed = address.family == IpAddress::Family::v6;
    if (bracketed)
        out += '[';
    address.appendTo(out);
    if (bracketed)
        out += ']';
    out += ':';
    out += std::to_string(port);
    return out;
}

} // namespace mainstay
