// SPDX-License-Identifier: GPL-3.0-or-later
// Text forms of the values a setting may have.
#include "config/values.h"

#include "base/peer_address.h"
#include "config/quoted.h"
#include "config/zone.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace mainstay::config {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t size;
};

// Largest first, so that text() takes the largest that divides.
constexpr std::array kTimeUnits{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1000},
                                Unit{"ms", 1}};
constexpr std::array kByteUnits{Unit{"TiB", 1ULL << 40}, Unit{"GiB", 1ULL << 30}, Unit{"MiB", 1ULL << 20},
                                Unit{"KiB", 1ULL << 10}, Unit{"B", 1}};
constexpr std::uint64_t kMaxQuantity = std::numeric_limits<std::int64_t>::max();

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isLetterOrDigit(char c)
{
    return isDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char lowerCase(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// A whole number and a unit, in the smallest unit. Nothing when malformed or above kMaxQuantity.
template <std::size_t Count>
std::optional<std::uint64_t> parseQuantity(std::string_view text, const std::array<Unit, Count> &units)
{
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{})
        return std::nullopt;
    std::string_view name(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (name.starts_with(' '))
        name.remove_prefix(1);
    const auto unit = std::find_if(units.begin(), units.end(), [&](const Unit &one) { return one.name == name; });
    if (unit == units.end() || number > kMaxQuantity / unit->size)
        return std::nullopt;
    return number * unit->size;
}

template <std::size_t Count>
std::string quantityText(std::uint64_t value, const std::array<Unit, Count> &units)
{
    const auto unit =
        std::find_if(units.begin(), units.end(), [&](const Unit &one) { return value != 0 && value % one.size == 0; });
    const Unit &chosen = unit == units.end() ? units.back() : *unit;
    return std::to_string(value / chosen.size) + std::string(chosen.name);
}

std::optional<std::uint16_t> parsePort(std::string_view text)
{
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || text.empty())
        return std::nullopt;
    return port;
}

// RFC 1035 lengths; the characters of a label are those accepted by `allowed`.
template <class Allowed>
bool isDomainName(std::string_view name, Allowed allowed)
{
    if (name.empty() || name.size() > 253)
        return false;
    while (true) {
        const std::size_t dot = name.find('.');
        const std::string_view label = name.substr(0, dot);
        if (label.empty() || label.size() > 63 || !std::all_of(label.begin(), label.end(), allowed))
            return false;
        if (dot == std::string_view::npos)
            return true;
        name.remove_prefix(dot + 1);
    }
}

// RFC 1123 host names, and underscores, which are in use.
bool isHostName(std::string_view name)
{
    return isDomainName(name, [](char c) { return isLetterOrDigit(c) || c == '-' || c == '_'; });
}

} // namespace

Result<Duration> Duration::parse(std::string_view text)
{
    const auto milliseconds = parseQuantity(text, kTimeUnits);
    if (!milliseconds)
        return fail("duration.malformed", quoted(text) + " is not a duration",
                    "write a whole number and a unit: \"250ms\", \"10s\", \"5m\", \"1h\"");
    return Duration(Milliseconds(static_cast<std::int64_t>(*milliseconds)));
}

std::string Duration::text() const
{
    return value.count() == 0 ? "0s" : quantityText(static_cast<std::uint64_t>(value.count()), kTimeUnits);
}

Result<ByteSize> ByteSize::parse(std::string_view text)
{
    auto bytes = parseQuantity(text, kByteUnits);
    if (!bytes && !text.empty() && std::all_of(text.begin(), text.end(), isDigit))
        bytes = parseQuantity(std::string(text) + "B", kByteUnits);
    if (!bytes)
        return fail("size.malformed", quoted(text) + " is not a size",
                    "write a whole number and a unit: \"16KiB\", \"2MiB\", \"1GiB\", or the number of bytes");
    return ByteSize(*bytes);
}

std::string ByteSize::text() const
{
    return quantityText(bytes, kByteUnits);
}

Result<FilePath> FilePath::parse(std::string_view text)
{
    if (text.size() > 4096 || text.find('\0') != std::string_view::npos)
        return fail("path.malformed", "this cannot be the name of a file", "name a file in at most 4096 characters");
    return FilePath{std::string(text)};
}

Result<HostPattern> HostPattern::parse(std::string_view text)
{
    HostPattern host{std::string(text)};
    std::transform(host.pattern.begin(), host.pattern.end(), host.pattern.begin(), lowerCase);
    if (host.pattern.ends_with('.') && host.domain().size() > 1)
        host.pattern.pop_back();
    if (host.matchesAll() || isHostName(host.domain()))
        return host;
    if (host.pattern.starts_with('[') && host.pattern.ends_with(']')) {
        const auto address = IpAddress::parse(host.pattern.substr(1, host.pattern.size() - 2));
        if (address && address->family == IpAddress::Family::v6)
            return HostPattern{"[" + address->text() + "]"};
    }
    if (std::any_of(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; }))
        return fail("host.malformed", quoted(text) + " is not a host name in ASCII",
                    "write an international name in its \"xn--\" form");
    return fail("host.malformed", quoted(text) + " is not a host name",
                "write \"www.example.org\", \"*.example.org\" for all names below one, or \"*\" for any");
}

std::optional<Endpoint> HostPort::endpoint() const
{
    const auto address = IpAddress::parse(host);
    if (!address)
        return std::nullopt;
    return Endpoint{*address, port};
}

Result<HostPort> HostPort::parse(std::string_view text)
{
    const auto malformed = [&] {
        return fail("server-address.malformed", quoted(text) + " is not a host with a port",
                    "write \"10.0.0.5:8080\", \"[2001:db8::5]:8080\" or \"app.example.org:8080\"");
    };
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos)
        return malformed();
    const auto port = parsePort(text.substr(colon + 1));
    if (!port || *port == 0)
        return malformed();
    const std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        const auto address = IpAddress::parse(host.substr(1, host.size() - 2));
        if (!address || address->family != IpAddress::Family::v6)
            return malformed();
        return HostPort{address->text(), *port};
    }
    if (!isHostName(host))
        return malformed();
    // A name of digits and dots alone is a mistyped address.
    const bool numeric = std::all_of(host.begin(), host.end(), [](char c) { return isDigit(c) || c == '.'; });
    if (numeric && !IpAddress::parse(host))
        return malformed();
    return HostPort{std::string(host), *port};
}

std::string HostPort::text() const
{
    if (empty())
        return {};
    const bool bracketed = host.find(':') != std::string::npos;
    return (bracketed ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<ServerAddress> ServerAddress::parse(std::string_view text)
{
    constexpr std::string_view kUnix = "unix:";
    if (!text.starts_with(kUnix))
        return HostPort::parse(text).map([](HostPort &&tcp) { return ServerAddress{std::move(tcp), {}}; });
    const std::string_view path = text.substr(kUnix.size());
    if (!path.starts_with('/') || path.find('\0') != std::string_view::npos)
        return fail("server-address.malformed", quoted(text) + " has no absolute path behind `unix:`",
                    "write \"unix:/run/php/php8.2-fpm.sock\"");
    if (path.size() > UnixAddress::kMaxPath)
        return fail("server-address.malformed",
                    "the path of a socket has at most " + std::to_string(UnixAddress::kMaxPath) + " bytes",
                    "put the socket into a folder with a shorter path");
    return ServerAddress{{}, std::string(path)};
}

std::string ServerAddress::text() const
{
    return socket.empty() ? tcp.text() : "unix:" + socket;
}

Result<UrlPath> UrlPath::parse(std::string_view text)
{
    const auto visible = [](char c) { return c > ' ' && c < '\x7f' && c != '?' && c != '#'; };
    if (!text.empty() && !text.starts_with('/'))
        return fail("url-path.malformed", quoted(text) + " does not begin with `/`",
                    "write \"/" + std::string(text) + "\"");
    if (!std::all_of(text.begin(), text.end(), visible))
        return fail("url-path.malformed", quoted(text) + " is not the path of a URL",
                    "leave out query and fragment, and write other characters as %XX");
    return UrlPath{std::string(text)};
}

Result<EnvironmentVariable> EnvironmentVariable::parse(std::string_view text)
{
    const std::string_view name = text.substr(0, text.find('='));
    const auto allowed = [](char c) { return isLetterOrDigit(c) || c == '_'; };
    if (name.size() == text.size() || name.empty() || isDigit(name.front()) ||
        !std::all_of(name.begin(), name.end(), allowed))
        return fail("variable.malformed", quoted(name) + " does not begin with the name of a variable",
                    "write \"NAME=value\", the name in letters, digits and underscores");
    if (text.find('\0') != std::string_view::npos)
        return fail("variable.malformed", "the value of " + quoted(name) + " holds a zero byte", "leave it out");
    return EnvironmentVariable{std::string(name), std::string(text.substr(name.size() + 1))};
}

Result<StatusRange> StatusRange::parse(std::string_view text)
{
    const auto code = [](std::string_view digits) { return digits.size() == 3 ? parsePort(digits) : std::nullopt; };
    const std::size_t dash = text.find('-');
    const auto first = code(text.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : code(text.substr(dash + 1));
    if (!first || !last || *first < 100 || *last > 599 || *first > *last)
        return fail("status.malformed", quoted(text) + " is not a range of status codes",
                    "write \"200-399\" or \"204\", from 100 to 599");
    return StatusRange{*first, *last};
}

std::string StatusRange::text() const
{
    return first == last ? std::to_string(first) : std::to_string(first) + "-" + std::to_string(last);
}

Result<> ZoneConfig::checkName(std::string_view name)
{
    // The slash is for classless reverse zones (RFC 2317).
    const auto allowed = [](char c) {
        return isDigit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '/';
    };
    if (name == "." || isDomainName(name, allowed))
        return {};
    return fail("zone.malformed-name", quoted(name) + " is not the name of a zone",
                "write it in lower case, without the final dot: [zone.\"example.org\"]");
}

} // namespace mainstay::config
