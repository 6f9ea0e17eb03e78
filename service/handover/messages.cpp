// SPDX-License-Identifier: GPL-3.0-or-later
#include "handover/messages.h"

#include "handover/codec.h"

#include <optional>

namespace mainstay::handover {

namespace {

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
