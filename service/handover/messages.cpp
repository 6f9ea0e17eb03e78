// SPDX-License-Identifier: GPL-3.0-or-later
#include "handover/messages.h"

#include <algorithm>
#include <concepts>
#include <limits>
#include <optional>

namespace mainstay::handover {

namespace {

class Writer {
public:
    explicit Writer(std::vector<std::uint8_t> &out) : m_out(out) {}

    template <std::unsigned_integral Number>
    void number(Number value, Number = 0, Number = 0)
    {
        for (std::size_t i = 0; i < sizeof(Number); ++i)
            m_out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    }
    void text(const std::string &value, std::size_t most)
    {
        const std::size_t length = std::min(value.size(), most);
        number(static_cast<std::uint16_t>(length));
        m_out.insert(m_out.end(), value.begin(), value.begin() + static_cast<std::ptrdiff_t>(length));
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
};

// A cursor that remembers its first error; after it every value read is zero or empty.
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

template <std::size_t I = 0>
std::optional<Message> decodeAs(MessageType type, std::span<const std::uint8_t> body)
{
    if constexpr (I == std::variant_size_v<Message>) {
        return std::nullopt;
    } else {
        using Candidate = std::variant_alternative_t<I, Message>;
        if (Candidate::kType != type)
            return decodeAs<I + 1>(type, body);
        Candidate candidate;
        Reader reader(body);
        Candidate::fields(candidate, reader);
        return reader.complete() ? std::optional<Message>(std::move(candidate)) : std::nullopt;
    }
}

} // namespace

std::vector<std::uint8_t> encode(const Message &message)
{
    std::vector<std::uint8_t> packet;
    std::visit(
        [&packet](const auto &value) {
            Writer writer(packet);
            writer.number(kProtocolVersion);
            writer.number(static_cast<std::uint8_t>(value.kType));
            value.fields(value, writer);
        },
        message);
    return packet;
}

tl::expected<Message, DecodeError> decode(std::span<const std::uint8_t> packet)
{
    if (packet.size() < 2 || packet.size() > kMaxMessageBytes)
        return tl::unexpected(DecodeError::malformed);
    if (packet[0] != kProtocolVersion)
        return tl::unexpected(DecodeError::otherVersion);
    auto message = decodeAs(static_cast<MessageType>(packet[1]), packet.subspan(2));
    if (!message)
        return tl::unexpected(DecodeError::malformed);
    return *std::move(message);
}

} // namespace mainstay::handover
