// SPDX-License-Identifier: GPL-3.0-or-later
// One worker's share of a DNS listener.
#pragma once

#include "dns/answerer.h"
#include "engine/acceptor.h"
#include "engine/udp_socket.h"
#include "snapshot/dns_listener.h"
#include "snapshot/reader.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mainstay::dns {

// Worker thread. Stays while a connection made through it does, whatever is published meanwhile.
class Listener {
public:
    static constexpr std::size_t kBatch = engine::UdpSocket::kBatch;

    // `release` outlives this. What is no longer answered from goes there: with it may go a million names.
    Listener(std::uint32_t worker, std::shared_ptr<const snapshot::DnsListener> current,
             const snapshot::Reader::Release &release)
        : m_worker(worker), m_release(release), m_current(std::move(current))
    {}
    Listener(const Listener &) = delete;
    Listener &operator=(const Listener &) = delete;
    ~Listener() { m_release(std::move(m_current)); }

    void adopt(std::shared_ptr<const snapshot::DnsListener> next)
    {
        m_release(std::exchange(m_current, std::move(next)));
    }
    // Answers the datagrams of a socket from now on.
    void addUdp(const std::string &address, engine::Loop &loop, engine::NativeSocket socket);
    void addAcceptor(const std::string &address, std::unique_ptr<engine::Acceptor> acceptor);
    // Answers, or accepts, what has queued on one address, and stops there.
    void drainUdp(const std::string &address);
    void drainAcceptor(const std::string &address);
    void drainAll();

    [[nodiscard]] Outcome answer(std::span<const std::uint8_t> query, bool isStream, std::span<std::uint8_t> out) const;
    // To be called for each outcome that is acted upon, of at most kBatch before each batchEnded().
    void count(const Outcome &outcome, bool isStream);
    // Takes the time, once for all that was counted since the last call; it counts from `begun`.
    void batchEnded(SteadyTime begun);

    // Valid during this turn.
    [[nodiscard]] const snapshot::DnsListener &current() const noexcept { return *m_current; }

private:
    // Answers in a row from one zone, or from none.
    struct Run {
        shared_state::QueryTraffic *traffic = nullptr;
        std::uint32_t answers = 0;
    };

    std::uint32_t m_worker;
    const snapshot::Reader::Release &m_release;
    std::shared_ptr<const snapshot::DnsListener> m_current;
    std::array<Run, kBatch> m_runs; // of the batch under way
    std::size_t m_runCount = 0;
    std::vector<std::pair<std::string, std::unique_ptr<engine::UdpSocket>>> m_sockets;
    std::vector<std::pair<std::string, std::unique_ptr<engine::Acceptor>>> m_acceptors;
};

} // namespace mainstay::dns
