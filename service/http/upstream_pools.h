// SPDX-License-Identifier: GPL-3.0-or-later
// One worker's connections to servers, and the choice of the server for a request.
#pragma once

#include "balance/least_connections.h"
#include "balance/retry_budget.h"
#include "balance/round_robin.h"
#include "engine/task_scope.h"
#include "engine/tls_tickets.h"
#include "http/upstream_connection.h"
#include "snapshot/snapshot.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mainstay::http {

class UpstreamHttp2;

// Worker thread.
class UpstreamPools {
public:
    // `phase`: where the turns begin, so that workers do not all begin with the first server.
    UpstreamPools(engine::Loop &loop, std::size_t phase);
    UpstreamPools(const UpstreamPools &) = delete;
    UpstreamPools &operator=(const UpstreamPools &) = delete;
    ~UpstreamPools();

    // Forgets the connections to servers that are gone or have moved.
    void adopt(const snapshot::Snapshot &snapshot);

    // The index of a server for the next request by the backend's policy, none of those in `tried`; nothing when none
    // takes requests.
    [[nodiscard]] std::optional<std::size_t> pick(const snapshot::Backend &backend, std::span<const std::size_t> tried);
    // When it picks none although none was tried: whether there are servers that are well, and have no room.
    [[nodiscard]] static bool isFull(const snapshot::Backend &backend) noexcept;

    // The server has answered well, or lost a request that it was asked then.
    void noteAnswer(const snapshot::Server &server);
    // True when it was well then, and the request is one of those that it had under way when it went down.
    [[nodiscard]] bool noteLoss(const snapshot::Server &server, SteadyTime asked);

    // Of requests to the backend and what of them is repeated. Valid until the next call.
    [[nodiscard]] balance::RetryBudget &retryBudget(const snapshot::Backend &backend);

    // A connection that rests, or a stream of one in HTTP/2; null when there is none. The one used last comes first.
    [[nodiscard]] std::unique_ptr<UpstreamConnection> take(const snapshot::Server &server);
    // Begins a new one, to a server that was picked, with what it is told first: see upstream_greeting.h. Null when
    // there are too many to it.
    [[nodiscard]] std::unique_ptr<UpstreamConnection> begin(const snapshot::Backend &backend,
                                                            const snapshot::Server &server, std::string_view greeting);
    // Keeps the connection for the next request, if the backend's pool has room. In FastCGI a process commonly serves
    // one connection, and no other until that ends: there one is kept for all workers, for a second at the most, and
    // none while the server has other requests, which might be waiting for the process.
    void giveBack(const snapshot::Backend &backend, const snapshot::Server &server,
                  std::unique_ptr<UpstreamConnection> connection);

    // Closes what has rested for too long or was closed by the server. Called each second.
    void closeIdle();
    // Closes all that rest; those in HTTP/2 have ended after `co_await ended()`.
    void clear();
    [[nodiscard]] bool hasEnded() const noexcept { return m_sessionTasks.running() == 0; }
    auto ended() noexcept { return m_sessionTasks.empty(); }

private:
    // Where connections lead, and how.
    struct Target {
        std::optional<PeerAddress> endpoint; // nothing for servers that are gone
        engine::TlsClientContext::Pointer tls;
        std::string tlsName;
        bool speaksHttp2 = false;
        bool isForOne = false; // each connection is for one client, and does not rest

        static Target of(const snapshot::Backend &backend, const snapshot::Server &server)
        {
            return {server.endpoint, server.tls, server.tlsName, server.speaksHttp2,
                    backend.config.proxyProtocol != config::ProxyProtocol::off};
        }
        [[nodiscard]] bool is(const snapshot::Server &server) const
        {
            return endpoint == server.endpoint && tls == server.tls && tlsName == server.tlsName &&
                   speaksHttp2 == server.speaksHttp2;
        }
        friend bool operator==(const Target &, const Target &) = default;
    };
    struct Pool {
        Target target;
        std::vector<std::unique_ptr<UpstreamConnection>> idle; // to there, the longest resting first
        Milliseconds idleTimeout{0};
        SteadyTime answered{};  // last and well, from there
        SteadyTime firstLoss{}; // of those without kCalm between them
        SteadyTime lastLoss{};
        std::shared_ptr<engine::TlsTickets> tickets;          // from there; null where TLS is not spoken
        std::vector<std::shared_ptr<UpstreamHttp2>> sessions; // of HTTP/2
    };
    struct Turns {
        explicit Turns(std::size_t phase) : roundRobin(phase), leastConnections(phase) {}

        balance::RoundRobin roundRobin;
        balance::LeastConnections leastConnections;
        balance::RetryBudget retryBudget;
    };

    Turns &turnsOf(const snapshot::Backend &backend);
    [[nodiscard]] std::unique_ptr<UpstreamConnection> openStream(UpstreamHttp2 &session);
    static void endSessions(Pool &pool);

    engine::Loop &m_loop;
    const std::size_t m_phase;
    std::vector<Pool> m_pools;  // by the number of the server's cell
    std::vector<Turns> m_turns; // by the number of the backend
    engine::TaskScope m_sessionTasks;
};

} // namespace mainstay::http
