// SPDX-License-Identifier: GPL-3.0-or-later
// One worker's connections to servers, and the choice of the server for a request.
#pragma once

#include "balance/least_connections.h"
#include "balance/retry_budget.h"
#include "balance/round_robin.h"
#include "engine/socket.h"
#include "snapshot/snapshot.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace mainstay::http {

// Worker thread. A connection to a server, for one request at a time.
struct UpstreamConnection {
    UpstreamConnection(engine::Loop &loop, engine::NativeSocket connecting)
        : socket(loop, std::move(connecting)), in(loop.buffers())
    {}
    UpstreamConnection(const UpstreamConnection &) = delete;
    UpstreamConnection &operator=(const UpstreamConnection &) = delete;
    ~UpstreamConnection() { letGo(); }

    // While it rests, it may be all that a process of the server waits for: see giveBack(). False when another one is
    // held like this, by whichever worker.
    [[nodiscard]] bool hold(const std::shared_ptr<shared_state::ServerCell> &cell)
    {
        if (cell->heldIdle.exchange(true, std::memory_order_relaxed))
            return false;
        heldAt = cell;
        return true;
    }
    void letGo() noexcept
    {
        if (heldAt)
            heldAt->heldIdle.store(false, std::memory_order_relaxed);
        heldAt = nullptr;
    }

    engine::Socket socket;
    engine::Buffer in;
    SteadyTime idleSince;
    std::shared_ptr<shared_state::ServerCell> heldAt; // null unless it is held
};

// Worker thread.
class UpstreamPools {
public:
    // `phase`: where the turns begin, so that workers do not all begin with the first server.
    UpstreamPools(engine::Loop &loop, std::size_t phase) : m_loop(loop), m_phase(phase) {}

    // Forgets the connections to servers that are gone or have moved.
    void adopt(const snapshot::Snapshot &snapshot);

    // The index of a server for the next request by the backend's policy, none of those in `tried`; nothing when none
    // takes requests.
    [[nodiscard]] std::optional<std::size_t> pick(const snapshot::Backend &backend, std::span<const std::size_t> tried);

    // Of requests to the backend and what of them is repeated. Valid until the next call.
    [[nodiscard]] balance::RetryBudget &retryBudget(const snapshot::Backend &backend);

    // A connection that rests; null when there is none. The one used last comes first.
    [[nodiscard]] std::unique_ptr<UpstreamConnection> take(const snapshot::Server &server);
    // Keeps the connection for the next request, if the backend's pool has room. In FastCGI a process commonly serves
    // one connection, and no other until that ends: there one is kept for all workers, for a second at the most, and
    // none while the server has other requests, which might be waiting for the process.
    void giveBack(const snapshot::Backend &backend, const snapshot::Server &server,
                  std::unique_ptr<UpstreamConnection> connection);

    // Closes what has rested for too long or was closed by the server. Called each second.
    void closeIdle();
    void clear()
    {
        for (Pool &pool : m_pools)
            pool.idle.clear();
    }

private:
    struct Pool {
        std::optional<PeerAddress> endpoint;                   // nothing for servers that are gone
        std::vector<std::unique_ptr<UpstreamConnection>> idle; // to there, the longest resting first
        Milliseconds idleTimeout{0};
        bool isForOne = false; // each connection is for one client, and does not rest
    };
    struct Turns {
        explicit Turns(std::size_t phase) : roundRobin(phase), leastConnections(phase) {}

        balance::RoundRobin roundRobin;
        balance::LeastConnections leastConnections;
        balance::RetryBudget retryBudget;
    };

    Turns &turnsOf(const snapshot::Backend &backend);

    engine::Loop &m_loop;
    const std::size_t m_phase;
    std::vector<Pool> m_pools;  // by the number of the server's cell
    std::vector<Turns> m_turns; // by the number of the backend
};

} // namespace mainstay::http
