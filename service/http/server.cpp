// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/server.h"

#include "engine/tls_stream.h"
#include "http/client_address.h"
#include "wire/http_date.h"

#include <algorithm>
#include <ctime>

namespace mainstay::http {

namespace {

constexpr Milliseconds kHousekeeping{1000};

} // namespace

Server::Server(engine::Loop &loop, snapshot::Reader &reader, snapshot::Reader::Release release)
    : m_loop(loop), m_reader(reader), m_release(std::move(release)), m_upstreams(loop, reader.worker()), m_files(loop),
      m_passwords(loop),
      m_greetings(loop, [this](const std::shared_ptr<Listener> &listener, engine::NativeSocket socket,
                               const ClientEnds &ends) { admit(listener, std::move(socket), ends); }),
      m_mirrors(loop, m_upstreams, reader.worker(), [this] { endIfDrained(); })
{
    lookAtClock();
    m_loop.timers().set(*this, kHousekeeping);
}

Server::~Server() = default;

void Server::adopt()
{
    const snapshot::Snapshot &snapshot = m_reader.current();
    for (auto entry = m_listeners.begin(); entry != m_listeners.end();) {
        const auto current = snapshot.httpListeners.find(entry->first);
        if (current != snapshot.httpListeners.end()) {
            entry->second->adopt(current->second);
            ++entry;
            continue;
        }
        const std::shared_ptr<Listener> gone = entry->second;
        gone->drainAcceptors();
        entry = m_listeners.erase(entry);
        for (const auto &connection : m_connections) {
            if (&connection->listener() == gone.get())
                connection->retire();
        }
        m_retired.push_back({gone, m_loop.now() + snapshot.drainTimeout});
    }
    m_upstreams.adopt(snapshot);
}

void Server::listen(const std::string &listener, const std::string &address, engine::NativeSocket listening)
{
    const auto &published = m_reader.current().httpListeners;
    const auto config = published.find(listener);
    if (config == published.end())
        return;
    std::shared_ptr<Listener> &place = m_listeners[listener];
    if (!place)
        place = std::make_shared<Listener>(config->second, m_release);
    place->addAcceptor(address,
                       std::make_unique<engine::Acceptor>(
                           m_loop, std::move(listening),
                           [this, owner = std::weak_ptr(place)](engine::NativeSocket socket, const Endpoint &peer) {
                               if (const auto strong = owner.lock())
                                   accept(strong, std::move(socket), peer);
                           }));
}

void Server::stopListening(const std::string &listener, const std::string &address)
{
    if (const auto place = m_listeners.find(listener); place != m_listeners.end())
        place->second->drainAcceptor(address);
}

void Server::reportFailure(const snapshot::Backend &backend, const snapshot::Server &server,
                           const engine::Stream &upstream)
{
    if (const std::string reason = upstream.failure(); !reason.empty() && m_upstreamFailures)
        m_upstreamFailures(backend, server, reason);
}

void Server::accept(const std::shared_ptr<Listener> &listener, engine::NativeSocket socket, const Endpoint &peer)
{
    const snapshot::HttpListener &current = listener->current();
    const std::uint32_t limit = current.config.maxConnections;
    if (current.cell->open.fetch_add(1, std::memory_order_relaxed) >= limit && limit > 0) {
        current.cell->open.fetch_sub(1, std::memory_order_relaxed);
        current.cell->refused[workerIndex()].add(1);
        return;
    }
    if (announcesClient(current.config, peer.address))
        m_greetings.await(listener, std::move(socket), peer);
    else
        admit(listener, std::move(socket), {peer, std::nullopt});
}

void Server::admit(const std::shared_ptr<Listener> &listener, engine::NativeSocket socket, const ClientEnds &ends)
{
    const snapshot::HttpListener &current = listener->current();
    if (!socket.isOpen()) {
        current.cell->open.fetch_sub(1, std::memory_order_relaxed);
        current.cell->unannounced[workerIndex()].add(1);
        return;
    }
    auto counted = countConnection(current, ends.client.address);
    if (!counted) {
        current.cell->open.fetch_sub(1, std::memory_order_relaxed);
        current.cell->refused[workerIndex()].add(1);
        return;
    }
    current.cell->accepted[workerIndex()].add(1);
    std::unique_ptr<engine::Stream> client;
    if (current.tls)
        client = std::make_unique<engine::TlsStream>(m_loop, std::move(socket), current.tls, current.certificates);
    else
        client = std::make_unique<engine::Socket>(m_loop, std::move(socket));
    auto connection = std::make_unique<Connection>(*this, listener, std::move(client), ends, Carrier::connection);
    connection->count(std::move(*counted));
    start(std::move(connection));
}

void Server::serveStream(const Connection &host, std::unique_ptr<engine::Stream> stream)
{
    start(std::make_unique<Connection>(*this, host.m_listener, std::move(stream), host.ends(), Carrier::stream));
}

Connection &Server::adoptOwn(Connection &host, std::unique_ptr<engine::Stream> client)
{
    const ClientEnds ends{host.ends().client, host.service()};
    return add(std::make_unique<Connection>(*this, host.m_listener, std::move(client), ends, Carrier::stream));
}

Connection &Server::add(std::unique_ptr<Connection> connection)
{
    m_connections.push_front(std::move(connection));
    Connection &added = *m_connections.front();
    added.m_place = m_connections.begin();
    return added;
}

void Server::start(std::unique_ptr<Connection> connection)
{
    m_tasks.start(add(std::move(connection)).serve());
}

void Server::finished(Connection &connection)
{
    if (connection.carrier() == Carrier::connection)
        connection.listener().current().cell->open.fetch_sub(1, std::memory_order_relaxed);
    m_connections.erase(connection.m_place);
    endIfDrained();
}

void Server::drain(std::function<void()> done)
{
    m_onDrained = std::move(done);
    for (const auto &[name, listener] : m_listeners)
        listener->drainAcceptors();
    m_greetings.settle(nullptr);
    // A drained connection may end at once and leave the list.
    for (auto place = m_connections.begin(); place != m_connections.end();)
        (*place++)->drain();
    endIfDrained();
}

void Server::abort()
{
    for (auto place = m_connections.begin(); place != m_connections.end();)
        (*place++)->abort();
}

void Server::endIfDrained()
{
    if (!m_onDrained || !m_connections.empty())
        return;
    m_mirrors.stop();
    if (m_mirrors.isEmpty())
        reportDrained();
}

void Server::reportDrained()
{
    Timer::clear();
    m_upstreams.clear();
    m_tasks.start(finishDraining(std::exchange(m_onDrained, {})));
}

engine::Task<> Server::finishDraining(std::function<void()> done)
{
    co_await m_upstreams.ended();
    flushLanes();
    done();
}

void Server::onDue()
{
    lookAtClock();
    flushLanes();
    m_upstreams.closeIdle();
    cutShortRetired();
    m_loop.timers().set(*this, kHousekeeping);
}

void Server::lookAtClock()
{
    m_wallAt = m_loop.now();
    m_wall = std::chrono::duration_cast<Milliseconds>(WallClock::now().time_since_epoch()).count();
}

logs::AccessLane &Server::laneOf(const logs::RequestLog &log)
{
    // There are one or two, and seldom many.
    for (const auto &lane : m_lanes) {
        if (lane->log() == log.log.get())
            return *lane;
    }
    m_lanes.push_back(std::make_unique<logs::AccessLane>(log.log));
    return *m_lanes.back();
}

void Server::flushLanes()
{
    const auto &logs = m_reader.current().logs;
    for (auto lane = m_lanes.begin(); lane != m_lanes.end();) {
        const auto isItsLog = [&lane](const auto &log) { return log.get() == (*lane)->log(); };
        if (std::any_of(logs.begin(), logs.end(), isItsLog)) {
            (*lane++)->flush();
        } else {
            m_release(std::shared_ptr<const logs::AccessLane>(std::move(*lane)));
            lane = m_lanes.erase(lane);
        }
    }
}

void Server::cutShortRetired()
{
    std::erase_if(m_retired, [this](const Retired &retired) {
        if (m_loop.now() < retired.deadline)
            return false;
        m_greetings.settle(retired.listener.get());
        for (auto place = m_connections.begin(); place != m_connections.end();) {
            Connection &connection = **place++; // which may leave the list
            if (&connection.listener() == retired.listener.get())
                connection.cutShort();
        }
        return true;
    });
}

std::int64_t Server::wallSeconds()
{
    return std::time(nullptr);
}

std::string_view Server::dateField()
{
    const std::int64_t now = wallSeconds();
    if (now != m_dateSecond) {
        m_dateSecond = now;
        const auto date = wire::formatHttpDate(now);
        std::copy_n("Date: ", 6, m_date.begin());
        std::copy(date.begin(), date.end(), m_date.begin() + 6);
    }
    return {m_date.data(), m_date.size()};
}

} // namespace mainstay::http
