// SPDX-License-Identifier: GPL-3.0-or-later
// Fields of what guard and core say to each other, to bytes and back; see messages.h for their form.
#pragma once

#include "handover/messages.h"

#include <algorithm>
#include <concepts>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace mainstay::handover {

// One thread. What it is shown by fields() becomes bytes. Text and lists beyond their bounds are cut.
class Writer {
public:
    explicit Writer(std::vector<std::uint8_t> &out) : m_out(out) {}

    // Whether anything was beyond its bound.
    [[nodiscard]] bool hasCut() const noexcept { return m_hasCut; }

    template <std::unsigned_integral Number>
    void number(Number value, Number = 0, Number = 0)
    {
        for (std::size_t i = 0; i < sizeof(Number); ++i)
            m_out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
    void text(const std::string &value, std::size_t most)
    {
        const std::size_t length = std::min(value.size(), most);
        m_hasCut = m_hasCut || length < value.size();
        number(static_cast<std::uint16_t>(length));
        m_out.insert(m_out.end(), value.begin(), value.begin() + static_cast<std::ptrdiff_t>(length));
    }
    void texts(const std::vector<std::string> &values, std::size_t most, std::size_t mostOfOne)
    {
        const std::size_t count = std::min(values.size(), most);
        m_hasCut = m_hasCut || count < values.size();
        number(static_cast<std::uint16_t>(count));
        for (std::size_t i = 0; i < count; ++i)
            text(values[i], mostOfOne);
    }
    template <class Enum>
    void enumerator(Enum value, Enum)
    {
        number(static_cast<std::uint8_t>(value));
    }
    void endpoint(const Endpoint &value)
    {
        number(static_cast<std::uint8_t>(value.address.family));
        m_out.insert(m_out.end(), value.address.bytes.begin(), value.address.bytes.end());
        number(value.port);
    }
    void address(const ListenAddress &value)
    {
        number(static_cast<std::uint8_t>(value.transport));
        endpoint(value.endpoint);
        text(value.name, kMaxNameBytes);
    }

private:
    std::vector<std::uint8_t> &m_out;
    bool m_hasCut = false;
};

// One thread. A cursor that remembers its first error; after it every value read is zero or empty.
class Reader {
public:
    explicit Reader(std::span<const std::uint8_t> in) : m_in(in) {}

    [[nodiscard]] bool complete() const { return m_ok && m_in.empty(); }

    template <std::unsigned_integral Number>
    void number(Number &value, Number least = 0, Number most = std::numeric_limits<Number>::max())
    {
        value = 0;
        const auto bytes = take(sizeof(Number));
        for (std::size_t i = 0; i < bytes.size(); ++i)
            value = static_cast<Number>(value | static_cast<Number>(bytes[i]) << (8 * i));
        m_ok = m_ok && value >= least && value <= most;
    }
    void text(std::string &value, std::size_t most)
    {
        std::uint16_t length = 0;
        number(length, std::uint16_t(0), static_cast<std::uint16_t>(most));
        const auto bytes = take(length);
        value.assign(bytes.begin(), bytes.end());
    }
    void texts(std::vector<std::string> &values, std::size_t most, std::size_t mostOfOne)
    {
        std::uint16_t count = 0;
        number(count, std::uint16_t(0), static_cast<std::uint16_t>(most));
        values.clear();
        for (std::size_t i = 0; i < count && m_ok; ++i)
            text(values.emplace_back(), mostOfOne);
    }
    template <class Enum>
    void enumerator(Enum &value, Enum last)
    {
        value = enumerator<Enum>(last);
    }
    void endpoint(Endpoint &value)
    {
        value.address.family = enumerator<IpAddress::Family>(IpAddress::Family::v6);
        const auto bytes = take(value.address.bytes.size());
        std::copy(bytes.begin(), bytes.end(), value.address.bytes.begin());
        // One form for each value: what an IPv4 address does not use is zero.
        if (value.address.family == IpAddress::Family::v4)
            m_ok = m_ok && std::all_of(value.address.bytes.begin() + 4, value.address.bytes.end(),
                                       [](std::uint8_t byte) { return byte == 0; });
        number(value.port);
    }
    void address(ListenAddress &value)
    {
        value.transport = enumerator<Transport>(Transport::udp);
        endpoint(value.endpoint);
        text(value.name, kMaxNameBytes);
    }

private:
    template <class Enum>
    Enum enumerator(Enum last)
    {
        std::uint8_t value = 0;
        number(value, std::uint8_t(0), static_cast<std::uint8_t>(last));
        return m_ok ? static_cast<Enum>(value) : Enum{};
    }
    std::span<const std::uint8_t> take(std::size_t count)
    {
        if (!m_ok || m_in.size() < count) {
            m_ok = false;
            return {};
        }
        const auto taken = m_in.first(count);
        m_in = m_in.subspan(count);
        return taken;
    }

    std::span<const std::uint8_t> m_in;
    bool m_ok = true;
};

} // namespace mainstay::handover
