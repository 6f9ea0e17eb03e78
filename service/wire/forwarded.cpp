// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/forwarded.h"

#include "wire/http_chars.h"

#include <algorithm>

namespace mainstay::wire {

namespace {

bool isPort(std::string_view text)
{
    return !text.empty() && text.size() <= 5 && countLeading(text, kDigitChar) == text.size();
}

std::optional<IpAddress> parseAddress(std::string_view text)
{
    if (const auto address = IpAddress::parse(text))
        return *address;
    return std::nullopt;
}

// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80".
std::optional<IpAddress> parseNode(std::string_view text)
{
    if (text.starts_with('[')) {
        const std::size_t end = text.find(']');
        if (end == std::string_view::npos)
            return std::nullopt;
        const std::string_view behind = text.substr(end + 1);
        const std::string_view inside = text.substr(1, end - 1);
        const bool isRight = (behind.empty() || (behind[0] == ':' && isPort(behind.substr(1)))) &&
                             inside.find(':') != std::string_view::npos;
        return isRight ? parseAddress(inside) : std::nullopt;
    }
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || text.find(':', colon + 1) != std::string_view::npos)
        return parseAddress(text);
    return isPort(text.substr(colon + 1)) ? parseAddress(text.substr(0, colon)) : std::nullopt;
}

// A token or a quoted string off the front; nothing where there is neither. The text of a quoted string is what stands
// between the quotes: with a backslash in it, it is no address, no protocol and no host.
std::optional<std::string_view> takeValue(std::string_view &text)
{
    if (!text.starts_with('"')) {
        const std::string_view token = text.substr(0, countLeading(text, kTokenChar));
        text.remove_prefix(token.size());
        return token.empty() ? std::nullopt : std::optional(token);
    }
    const std::size_t end = text.find('"', 1);
    if (end == std::string_view::npos)
        return std::nullopt;
    const std::string_view inside = text.substr(1, end - 1);
    text.remove_prefix(end + 1);
    return inside.find('\\') == std::string_view::npos ? std::optional(inside) : std::nullopt;
}

// RFC 7239 section 4: pairs with ";" between them, each name once at the most.
ForwardedElement parseElement(std::string_view text)
{
    std::optional<std::string_view> client;
    std::optional<std::string_view> protocol;
    std::optional<std::string_view> host;
    while (!text.empty()) {
        const std::string_view name = text.substr(0, countLeading(text, kTokenChar));
        text.remove_prefix(name.size());
        if (name.empty() || !text.starts_with('='))
            return {};
        text.remove_prefix(1);
        const auto value = takeValue(text);
        std::optional<std::string_view> other;
        std::optional<std::string_view> &place = equalsIgnoringCase(name, "for")     ? client
                                                 : equalsIgnoringCase(name, "proto") ? protocol
                                                 : equalsIgnoringCase(name, "host")  ? host
                                                                                     : other;
        if (!value || place)
            return {};
        place = value;
        text = trimBlanks(text);
        if (text.empty())
            break;
        if (text.front() != ';')
            return {};
        text = trimBlanks(text.substr(1));
    }
    return {client ? parseNode(*client) : std::nullopt, protocol.value_or(""), host.value_or("")};
}

// Where the last element begins; nothing when quotes do not end, and so nobody can tell.
std::optional<std::size_t> lastElement(std::string_view list)
{
    std::size_t begin = 0;
    bool isQuoted = false;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (isQuoted && list[i] == '\\')
            ++i;
        else if (list[i] == '"')
            isQuoted = !isQuoted;
        else if (list[i] == ',' && !isQuoted)
            begin = i + 1;
    }
    return isQuoted ? std::nullopt : std::optional(begin);
}

// What is before the element that begins there.
std::string_view before(std::string_view list, std::size_t element)
{
    return list.substr(0, element == 0 ? 0 : element - 1);
}

} // namespace

std::optional<IpAddress> takeLastForwardedFor(std::string_view &list) noexcept
{
    const std::size_t comma = list.rfind(',');
    const std::size_t begin = comma == std::string_view::npos ? 0 : comma + 1;
    const std::string_view element = trimBlanks(list.substr(begin));
    list = before(list, begin);
    return parseNode(element);
}

ForwardedElement takeLastForwarded(std::string_view &list) noexcept
{
    const auto begin = lastElement(list);
    if (!begin) {
        list = {};
        return {};
    }
    const std::string_view element = trimBlanks(list.substr(*begin));
    list = before(list, *begin);
    const ForwardedElement read = parseElement(element);
    if (!read.client)
        list = {};
    return read;
}

} // namespace mainstay::wire
