// SPDX-License-Identifier: GPL-3.0-or-later
// Names as people write them, and names put together.
#include "wire/dns_name.h"

#include <cstring>

namespace mainstay::wire {

namespace {

constexpr bool isDigit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

void appendEscaped(std::string &out, std::uint8_t octet)
{
    if (octet <= ' ' || octet >= 0x7f) {
        out += '\\';
        out += static_cast<char>('0' + octet / 100);
        out += static_cast<char>('0' + octet / 10 % 10);
        out += static_cast<char>('0' + octet % 10);
        return;
    }
    const char c = static_cast<char>(octet);
    if (std::string_view(".\\\"();@$").find(c) != std::string_view::npos)
        out += '\\';
    out += c;
}

// Takes one octet of a label, escaped or not, off the front. Nothing when the escape is broken.
std::optional<char> takeOctet(std::string_view &text) noexcept
{
    char c = text.front();
    text.remove_prefix(1);
    if (c != '\\')
        return c;
    if (text.empty())
        return std::nullopt;
    if (!isDigit(text.front())) {
        c = text.front();
        text.remove_prefix(1);
        return c;
    }
    if (text.size() < 3 || !isDigit(text[1]) || !isDigit(text[2]))
        return std::nullopt;
    const int value = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
    if (value > 255)
        return std::nullopt;
    text.remove_prefix(3);
    return static_cast<char>(value);
}

tl::unexpected<Error> malformed(std::string_view text, const char *why)
{
    return fail("name.malformed", "'" + std::string(text) + "' is not a domain name: " + why,
                "labels of 1 to 63 characters with dots between, 255 in all");
}

} // namespace

std::string NameView::text() const
{
    if (isRoot())
        return ".";
    std::string out;
    for (NameView name = *this; !name.isRoot(); name = name.parent()) {
        for (const char c : name.firstLabel())
            appendEscaped(out, static_cast<std::uint8_t>(c));
        out += '.';
    }
    return out;
}

Name::Name(NameView name) noexcept : m_size(static_cast<std::uint8_t>(name.size()))
{
    std::memcpy(m_bytes.data(), name.data(), name.size());
}

Result<Name> Name::parse(std::string_view text, NameView origin)
{
    if (text == ".")
        return Name();
    if (text == "@")
        return Name(origin);
    if (text.empty())
        return malformed(text, "it is empty");

    Name name;
    std::array<char, kMaxLabelSize> label;
    std::size_t size = 0;
    std::string_view rest = text;
    while (!rest.empty()) {
        if (rest.front() == '.') {
            rest.remove_prefix(1);
            if (!name.append(std::string_view(label.data(), size)))
                return malformed(text, size == 0 ? "a label is empty" : "it is too long");
            size = 0;
            if (rest.empty())
                return name;
            continue;
        }
        const auto octet = takeOctet(rest);
        if (!octet)
            return malformed(text, "an escape is not \\ and three digits up to 255, or \\ and a character");
        if (size == label.size())
            return malformed(text, "a label is too long");
        label[size++] = *octet;
    }
    if (!name.append(std::string_view(label.data(), size)) || !name.append(origin))
        return malformed(text, "it is too long");
    return name;
}

std::optional<Name> Name::join(std::span<const std::uint8_t> prefix, NameView suffix) noexcept
{
    if (prefix.size() + suffix.size() > kMaxNameSize)
        return std::nullopt;
    Name name;
    std::copy(prefix.begin(), prefix.end(), name.m_bytes.begin());
    std::memcpy(name.m_bytes.data() + prefix.size(), suffix.data(), suffix.size());
    name.m_size = static_cast<std::uint8_t>(prefix.size() + suffix.size());
    return name;
}

bool Name::append(std::string_view label) noexcept
{
    if (label.empty() || label.size() > kMaxLabelSize || m_size + label.size() + 1 > kMaxNameSize)
        return false;
    std::uint8_t *end = m_bytes.data() + m_size - 1;
    end[0] = static_cast<std::uint8_t>(label.size());
    std::memcpy(end + 1, label.data(), label.size());
    end[1 + label.size()] = 0;
    m_size = static_cast<std::uint8_t>(m_size + label.size() + 1);
    return true;
}

bool Name::append(NameView suffix) noexcept
{
    if (m_size - 1 + suffix.size() > kMaxNameSize)
        return false;
    std::memcpy(m_bytes.data() + m_size - 1, suffix.data(), suffix.size());
    m_size = static_cast<std::uint8_t>(m_size - 1 + suffix.size());
    return true;
}

} // namespace mainstay::wire
