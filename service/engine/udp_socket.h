// SPDX-License-Identifier: GPL-3.0-or-later
// A UDP socket that receives and sends by the batch.
#pragma once

#include "base/endpoint.h"
#include "engine/loop.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace mainstay::engine {

// Worker thread. For each datagram received the handler composes one answer; a batch of answers leaves in one system
// call, from the address the question came to.
class UdpSocket : private Descriptor {
public:
    static constexpr std::size_t kBatch = 64;
    static constexpr std::size_t kLargestDatagram = 4096;

    // `question` and `answer` are valid during the call alone. Returns how much of `answer` was written; 0 sends
    // nothing. `peer` is decoded only when asked for, since most answers do not need it.
    class Peer;
    using OnDatagram = std::function<std::size_t(std::span<const std::uint8_t> question, const Peer &peer,
                                                 std::span<std::uint8_t> answer)>;

    // Called when the answers to a batch have left.
    using OnBatch = std::function<void()>;

    UdpSocket(
        Loop &loop, NativeSocket socket, OnDatagram onDatagram, OnBatch onBatch = [] {});
    ~UdpSocket() override;

    // Answers what has arrived so far and then stops for good.
    void drain();

private:
    struct Batch;

    void onReady(Readiness readiness) override;
    // How many datagrams came, at most kBatch.
    std::size_t answerBatch();

    OnDatagram m_onDatagram;
    OnBatch m_onBatch;
    std::unique_ptr<Batch> m_batch;
};

// Valid during the handler's call.
class UdpSocket::Peer {
public:
    explicit Peer(const void *address) noexcept : m_address(address) {}
    [[nodiscard]] Endpoint endpoint() const noexcept;

private:
    const void *m_address;
};

} // namespace mainstay::engine
