// SPDX-License-Identifier: GPL-3.0-or-later
// Messages and descriptors over a pair of connected sockets that keep message boundaries.
#pragma once

#include "base/clock.h"
#include "handover/messages.h"

#include <span>
#include <utility>

namespace mainstay::handover {

// One thread. Owns one end.
class Channel {
public:
    struct Received {
        Message message;
        std::vector<Descriptor> descriptors;
        bool descriptorsLost = false; // this process had no room for all of them
    };
    enum class Absence : std::uint8_t {
        nothing, // none yet
        closed,  // the other end is gone
        malformed,
        otherVersion,
    };

    // Two connected ends, closed on exec. Fails with "descriptor.exhausted".
    static Result<std::pair<Channel, Channel>> pair();
    // Takes over an end inherited from the parent and has it closed on exec. Fails with "channel.not-a-socket",
    // leaving the descriptor as it was.
    static Result<Channel> adopt(int number);
    // Takes over an end that came with a message.
    static Result<Channel> adopt(Descriptor socket);

    [[nodiscard]] int descriptor() const noexcept { return m_socket.number(); }
    [[nodiscard]] bool isOpen() const noexcept { return m_socket.isOpen(); }
    void close() noexcept { m_socket.reset(); }
    // For a new process to inherit.
    [[nodiscard]] Descriptor take() && { return std::move(m_socket); }

    // The descriptors, at most kMaxDescriptors, stay the caller's. Waits up to `patience` for a peer that does not
    // read. Fails with "channel.closed" or "channel.full".
    Result<> send(const Message &message, std::span<const int> descriptors = {}, Milliseconds patience = {});
    // Never waits.
    tl::expected<Received, Absence> receive();
    // Whether receive() has something to say before the deadline, if only that the other end is gone.
    [[nodiscard]] bool wait(SteadyTime deadline) const;

private:
    explicit Channel(Descriptor socket) : m_socket(std::move(socket)) {}

    Descriptor m_socket;
};

} // namespace mainstay::handover
