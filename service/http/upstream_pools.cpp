// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/upstream_pools.h"

#include <algorithm>

namespace mainstay::http {

namespace {

// A backend's servers as the policies see them.
struct Choices {
    const snapshot::Backend &backend;
    std::span<const std::size_t> tried;

    [[nodiscard]] std::size_t size() const noexcept { return backend.servers.size(); }
    [[nodiscard]] bool eligible(std::size_t i) const noexcept
    {
        const snapshot::Server &server = backend.servers[i];
        const std::uint32_t most = server.config.maxConnections;
        return server.endpoint && server.cell->takesRequests() && (most == 0 || server.cell->inFlight() < most) &&
               std::find(tried.begin(), tried.end(), i) == tried.end();
    }
    [[nodiscard]] std::uint32_t weight(std::size_t i) const noexcept
    {
        return backend.servers[i].cell->weight.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint32_t inFlight(std::size_t i) const noexcept { return backend.servers[i].cell->inFlight(); }
};

constexpr Milliseconds kHeldIdle{1000};

template <class T>
T &grownTo(std::vector<T> &table, std::size_t index)
{
    if (table.size() <= index)
        table.resize(index + 1);
    return table[index];
}

} // namespace

void UpstreamPools::adopt(const snapshot::Snapshot &snapshot)
{
    std::vector<std::optional<PeerAddress>> endpoints(m_pools.size());
    std::vector<bool> areForOne(m_pools.size());
    for (const auto &backend : snapshot.backends) {
        for (const snapshot::Server &server : backend->servers) {
            grownTo(endpoints, server.cell->number) = server.endpoint;
            areForOne.resize(endpoints.size());
            areForOne[server.cell->number] = backend->config.proxyProtocol != config::ProxyProtocol::off;
        }
    }
    m_pools.resize(endpoints.size());
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        if (m_pools[i].endpoint == endpoints[i] && m_pools[i].isForOne == areForOne[i])
            continue;
        m_pools[i].endpoint = endpoints[i];
        m_pools[i].isForOne = areForOne[i];
        m_pools[i].idle.clear();
    }
}

UpstreamPools::Turns &UpstreamPools::turnsOf(const snapshot::Backend &backend)
{
    while (m_turns.size() <= backend.number)
        m_turns.emplace_back(m_phase);
    return m_turns[backend.number];
}

balance::RetryBudget &UpstreamPools::retryBudget(const snapshot::Backend &backend)
{
    return turnsOf(backend).retryBudget;
}

std::optional<std::size_t> UpstreamPools::pick(const snapshot::Backend &backend, std::span<const std::size_t> tried)
{
    Turns &turns = turnsOf(backend);
    const Choices choices{backend, tried};
    switch (backend.config.balance) {
    case config::Balance::roundRobin:
        return turns.roundRobin.pick(choices);
    case config::Balance::leastConnections:
        return turns.leastConnections.pick(choices);
    }
    return std::nullopt;
}

std::unique_ptr<UpstreamConnection> UpstreamPools::take(const snapshot::Server &server)
{
    Pool &pool = m_pools[server.cell->number];
    while (!pool.idle.empty() && pool.endpoint == server.endpoint) {
        std::unique_ptr<UpstreamConnection> connection = std::move(pool.idle.back());
        pool.idle.pop_back();
        // A server that says something unasked has ended the connection, or is broken.
        connection->letGo();
        if (!connection->socket.hasNews())
            return connection;
    }
    return nullptr;
}

void UpstreamPools::giveBack(const snapshot::Backend &backend, const snapshot::Server &server,
                             std::unique_ptr<UpstreamConnection> connection)
{
    Pool &pool = m_pools[server.cell->number];
    // It may have been taken before a publish moved the server.
    if (pool.idle.size() >= backend.config.pool || pool.endpoint != server.endpoint || pool.isForOne ||
        backend.config.proxyProtocol != config::ProxyProtocol::off)
        return;
    pool.idleTimeout = backend.config.idleTimeout;
    if (backend.protocol == config::AppProtocol::fastcgi) {
        if (server.cell->inFlight() > 1 || !connection->hold(server.cell))
            return;
        pool.idleTimeout = std::min(pool.idleTimeout, kHeldIdle);
    }
    connection->idleSince = m_loop.now();
    pool.idle.push_back(std::move(connection));
}

void UpstreamPools::closeIdle()
{
    for (Pool &pool : m_pools) {
        std::erase_if(pool.idle, [this, &pool](const std::unique_ptr<UpstreamConnection> &connection) {
            return connection->socket.hasNews() || m_loop.now() - connection->idleSince >= pool.idleTimeout;
        });
    }
}

} // namespace mainstay::http
