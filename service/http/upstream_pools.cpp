// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/upstream_pools.h"

#include "http/upstream_http2.h"

#include <algorithm>

namespace mainstay::http {

namespace {

// A backend's servers as the policies see them.
struct Choices {
    const snapshot::Backend &backend;
    std::span<const std::size_t> tried;

    [[nodiscard]] std::size_t size() const noexcept { return backend.servers.size(); }
    [[nodiscard]] static bool isWell(const snapshot::Server &server) noexcept
    {
        return server.endpoint && server.cell->takesRequests();
    }
    [[nodiscard]] bool eligible(std::size_t i) const noexcept
    {
        const snapshot::Server &server = backend.servers[i];
        const std::uint32_t most = server.config.maxConnections;
        return isWell(server) && (most == 0 || server.cell->inFlight() < most) &&
               std::find(tried.begin(), tried.end(), i) == tried.end();
    }
    [[nodiscard]] std::uint32_t weight(std::size_t i) const noexcept
    {
        return backend.servers[i].cell->weight.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::uint32_t inFlight(std::size_t i) const noexcept { return backend.servers[i].cell->inFlight(); }
};

constexpr Milliseconds kHeldIdle{1000};
// Without a loss for so long, a server is well again.
constexpr Seconds kCalm{5};
constexpr std::size_t kMostSessions = 32; // in HTTP/2, to one server
constexpr std::size_t kMostWithRetiring = 256;

template <class T>
T &grownTo(std::vector<T> &table, std::size_t index)
{
    if (table.size() <= index)
        table.resize(index + 1);
    return table[index];
}

} // namespace

UpstreamPools::UpstreamPools(engine::Loop &loop, std::size_t phase) : m_loop(loop), m_phase(phase) {}

UpstreamPools::~UpstreamPools() = default;

void UpstreamPools::clear()
{
    for (Pool &pool : m_pools) {
        pool.idle.clear();
        for (const auto &session : pool.sessions)
            session->close();
        pool.sessions.clear();
    }
}

void UpstreamPools::endSessions(Pool &pool)
{
    for (const auto &session : pool.sessions)
        session->retire();
    pool.sessions.clear();
}

std::unique_ptr<UpstreamConnection> UpstreamPools::openStream(UpstreamHttp2 &session)
{
    auto connection = std::make_unique<UpstreamConnection>(m_loop.buffers(), session.open());
    connection->isShared = true;
    return connection;
}

void UpstreamPools::adopt(const snapshot::Snapshot &snapshot)
{
    std::vector<Target> targets(m_pools.size());
    for (const auto &backend : snapshot.backends) {
        for (const snapshot::Server &server : backend->servers)
            grownTo(targets, server.cell->number) = Target::of(*backend, server);
    }
    m_pools.resize(targets.size());
    for (std::size_t i = 0; i < targets.size(); ++i) {
        Pool &pool = m_pools[i];
        if (pool.target == targets[i])
            continue;
        pool.target = std::move(targets[i]);
        pool.idle.clear();
        pool.answered = pool.firstLoss = pool.lastLoss = {};
        endSessions(pool);
        pool.tickets = pool.target.tls ? std::make_shared<engine::TlsTickets>() : nullptr;
    }
}

UpstreamPools::Turns &UpstreamPools::turnsOf(const snapshot::Backend &backend)
{
    while (m_turns.size() <= backend.number)
        m_turns.emplace_back(m_phase);
    return m_turns[backend.number];
}

void UpstreamPools::noteAnswer(const snapshot::Server &server)
{
    Pool &pool = m_pools[server.cell->number];
    if (pool.target.is(server))
        pool.answered = m_loop.now();
}

bool UpstreamPools::noteLoss(const snapshot::Server &server, SteadyTime asked)
{
    Pool &pool = m_pools[server.cell->number];
    const SteadyTime now = m_loop.now();
    if (now - pool.lastLoss >= kCalm)
        pool.firstLoss = now;
    pool.lastLoss = now;
    return pool.target.is(server) && asked <= pool.answered && asked < pool.firstLoss;
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

bool UpstreamPools::isFull(const snapshot::Backend &backend) noexcept
{
    return std::any_of(backend.servers.begin(), backend.servers.end(), [](const snapshot::Server &server) {
        return Choices::isWell(server) && server.config.maxConnections > 0 &&
               server.cell->weight.load(std::memory_order_relaxed) > 0;
    });
}

std::unique_ptr<UpstreamConnection> UpstreamPools::take(const snapshot::Server &server)
{
    Pool &pool = m_pools[server.cell->number];
    if (server.speaksHttp2) {
        const auto fits = [](const auto &session) {
            return session->state() == UpstreamHttp2::State::standing && session->takesRequests();
        };
        const auto session = std::find_if(pool.sessions.begin(), pool.sessions.end(), fits);
        const bool isThere = session != pool.sessions.end() && pool.target.is(server);
        return isThere ? openStream(**session) : nullptr;
    }
    while (!pool.idle.empty() && pool.target.is(server)) {
        std::unique_ptr<UpstreamConnection> connection = std::move(pool.idle.back());
        pool.idle.pop_back();
        // A server that says something unasked has ended the connection, or is broken.
        connection->letGo();
        if (!connection->socket.hasNews())
            return connection;
    }
    return nullptr;
}

std::unique_ptr<UpstreamConnection> UpstreamPools::begin(const snapshot::Backend &backend,
                                                         const snapshot::Server &server, std::string_view greeting)
{
    Pool &pool = m_pools[server.cell->number];
    const bool isPooled = pool.target.is(server); // else a publish has moved the server
    auto tickets = isPooled ? pool.tickets : nullptr;
    if (!server.speaksHttp2)
        return std::make_unique<UpstreamConnection>(m_loop.buffers(),
                                                    startConnecting(m_loop, server, greeting, std::move(tickets)));
    const auto fits = [](const auto &session) { return session->takesRequests(); };
    const auto found = std::find_if(pool.sessions.begin(), pool.sessions.end(), fits);
    if (isPooled && found != pool.sessions.end())
        return openStream(**found);
    std::erase_if(pool.sessions, [](const auto &one) { return one->state() == UpstreamHttp2::State::ended; });
    const auto taking =
        std::count_if(pool.sessions.begin(), pool.sessions.end(), [](const auto &one) { return !one->isRetiring(); });
    if (static_cast<std::size_t>(taking) >= kMostSessions || pool.sessions.size() >= kMostWithRetiring)
        return nullptr;
    const auto session = UpstreamHttp2::begin(startConnecting(m_loop, server, greeting, std::move(tickets)),
                                              backend.config.connectTimeout, m_sessionTasks);
    auto connection = openStream(*session);
    if (isPooled) {
        pool.idleTimeout = backend.config.idleTimeout;
        pool.sessions.push_back(session);
    } else {
        session->retire(); // with its one stream
    }
    return connection;
}

void UpstreamPools::giveBack(const snapshot::Backend &backend, const snapshot::Server &server,
                             std::unique_ptr<UpstreamConnection> connection)
{
    if (connection->isShared)
        return; // the stream has served
    Pool &pool = m_pools[server.cell->number];
    // It may have been taken before a publish moved the server.
    if (pool.idle.size() >= backend.config.pool || !pool.target.is(server) || pool.target.isForOne ||
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
        std::erase_if(pool.sessions, [&pool](const std::shared_ptr<UpstreamHttp2> &session) {
            const bool isWanted = session->state() != UpstreamHttp2::State::ended &&
                                  (session->takesRequests() || session->idleTime() == Milliseconds{0}) &&
                                  session->idleTime() < pool.idleTimeout + Milliseconds{1};
            if (!isWanted)
                session->retire();
            return !isWanted;
        });
    }
}

} // namespace mainstay::http
