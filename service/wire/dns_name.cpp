// SPDX-License-Identifier: GPL-3.0-or-later
// Comparing names, eight octets at a time where there are as many.
#include "wire/dns_name.h"

#include <algorithm>
#include <cstring>

namespace mainstay::wire {

namespace {

constexpr std::uint64_t repeated(std::uint64_t octet) noexcept
{
    return octet * 0x0101010101010101u;
}

// Eight octets with the ASCII capitals made small.
constexpr std::uint64_t lowered(std::uint64_t octets) noexcept
{
    const std::uint64_t low7 = octets & repeated(0x7f);
    const std::uint64_t fromA = low7 + repeated(0x80 - 'A');
    const std::uint64_t beyondZ = low7 + repeated(0x7f - 'Z');
    const std::uint64_t isCapital = ~octets & (fromA ^ beyondZ) & repeated(0x80);
    return octets | isCapital >> 2;
}

template <class T>
T load(const std::uint8_t *from) noexcept
{
    T octets;
    std::memcpy(&octets, from, sizeof octets);
    return octets;
}

// Up to eight octets, of which the same count gives the same places. Reads some twice rather than one by one.
std::uint64_t loadUpTo8(const std::uint8_t *from, std::size_t size) noexcept
{
    if (size >= 4)
        return std::uint64_t{load<std::uint32_t>(from)} << 32 | load<std::uint32_t>(from + size - 4);
    if (size >= 2)
        return std::uint64_t{load<std::uint16_t>(from)} << 16 | load<std::uint16_t>(from + size - 2);
    return size == 0 ? 0 : *from;
}

constexpr std::uint8_t lowered(std::uint8_t octet) noexcept
{
    return octet >= 'A' && octet <= 'Z' ? static_cast<std::uint8_t>(octet | 0x20) : octet;
}

// Where each label begins, leftmost first.
struct LabelStarts {
    std::array<std::uint8_t, kMaxLabelCount + 1> offsets;
    std::size_t count = 0;

    explicit LabelStarts(NameView name) noexcept
    {
        for (std::size_t at = 0; name.data()[at] != 0; at += 1u + name.data()[at])
            offsets[count++] = static_cast<std::uint8_t>(at);
    }
};

std::weak_ordering compareLabels(const std::uint8_t *a, const std::uint8_t *b) noexcept
{
    const std::size_t common = std::min(a[0], b[0]);
    for (std::size_t i = 1; i <= common; ++i) {
        if (const auto order = lowered(a[i]) <=> lowered(b[i]); order != 0)
            return order;
    }
    return a[0] <=> b[0];
}

} // namespace

bool equalIgnoringCase(const std::uint8_t *a, const std::uint8_t *b, std::size_t size) noexcept
{
    if (size <= 8)
        return lowered(loadUpTo8(a, size)) == lowered(loadUpTo8(b, size));
    for (std::size_t at = 0; at < size - 8; at += 8) {
        if (lowered(load<std::uint64_t>(a + at)) != lowered(load<std::uint64_t>(b + at)))
            return false;
    }
    // The last eight, some of them once more.
    return lowered(load<std::uint64_t>(a + size - 8)) == lowered(load<std::uint64_t>(b + size - 8));
}

std::optional<NameView> NameView::read(std::span<const std::uint8_t> bytes) noexcept
{
    const std::size_t limit = std::min(bytes.size(), kMaxNameSize);
    for (std::size_t at = 0; at < limit; at += 1u + bytes[at]) {
        if (bytes[at] == 0)
            return NameView(bytes.data(), at + 1);
        if (bytes[at] > kMaxLabelSize)
            return std::nullopt;
    }
    return std::nullopt;
}

std::size_t NameView::labelCount() const noexcept
{
    std::size_t count = 0;
    for (std::size_t at = 0; m_data[at] != 0; at += 1u + m_data[at])
        ++count;
    return count;
}

std::string_view NameView::firstLabel() const noexcept
{
    return {reinterpret_cast<const char *>(m_data) + (isRoot() ? 0 : 1), m_data[0]};
}

NameView NameView::without(std::size_t count) const noexcept
{
    NameView name = *this;
    for (; count > 0; --count)
        name = name.parent();
    return name;
}

bool NameView::isAtOrBelow(NameView ancestor) const noexcept
{
    if (m_size < ancestor.m_size)
        return false;
    std::size_t at = 0;
    while (at < m_size - ancestor.m_size)
        at += 1u + m_data[at];
    return at == m_size - ancestor.m_size && equalIgnoringCase(m_data + at, ancestor.m_data, ancestor.m_size);
}

std::size_t NameView::commonLabels(NameView other) const noexcept
{
    const LabelStarts mine(*this);
    const LabelStarts theirs(other);
    const std::size_t most = std::min(mine.count, theirs.count);
    for (std::size_t common = 0; common < most; ++common) {
        const std::uint8_t *a = m_data + mine.offsets[mine.count - 1 - common];
        const std::uint8_t *b = other.m_data + theirs.offsets[theirs.count - 1 - common];
        if (a[0] != b[0] || !equalIgnoringCase(a + 1, b + 1, a[0]))
            return common;
    }
    return most;
}

std::weak_ordering operator<=>(NameView a, NameView b) noexcept
{
    const LabelStarts left(a);
    const LabelStarts right(b);
    for (std::size_t i = 1; i <= left.count && i <= right.count; ++i) {
        const auto order =
            compareLabels(a.data() + left.offsets[left.count - i], b.data() + right.offsets[right.count - i]);
        if (order != 0)
            return order;
    }
    return left.count <=> right.count;
}

std::size_t NameView::hash() const noexcept
{
    std::uint64_t state = m_size;
    const auto mix = [&state](std::uint64_t octets) {
        state = (state ^ octets) * 0x9e3779b97f4a7c15u;
        state ^= state >> 29;
    };
    std::size_t at = 0;
    for (; at + 8 <= m_size; at += 8)
        mix(lowered(load<std::uint64_t>(m_data + at)));
    mix(lowered(loadUpTo8(m_data + at, m_size - at)));
    return static_cast<std::size_t>(state ^ state >> 32);
}

} // namespace mainstay::wire
