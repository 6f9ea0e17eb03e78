// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/server.h"

#include "snapshot/snapshot.h"

#include <utility>

namespace mainstay::dns {

namespace {

// A block of the connection's buffer holds the answer with its length before it.
constexpr std::size_t kLargestAnswer = engine::kBlockSize - 2;

} // namespace

Server::Server(engine::Loop &loop, snapshot::Reader &reader, snapshot::Reader::Release release)
    : m_loop(loop), m_reader(reader), m_release(std::move(release)), m_scratch(kLargestAnswer)
{}

void Server::adopt()
{
    const auto &published = m_reader.current().dnsListeners;
    for (auto entry = m_listeners.begin(); entry != m_listeners.end();) {
        const auto current = published.find(entry->first);
        if (current != published.end()) {
            entry->second->adopt(current->second);
            ++entry;
            continue;
        }
        const std::shared_ptr<Listener> gone = entry->second;
        gone->drainAll();
        entry = m_listeners.erase(entry);
        for (auto place = m_connections.begin(); place != m_connections.end();) {
            Connection &connection = **place++; // which may leave the list
            if (&connection.listener() == gone.get())
                connection.drain();
        }
    }
}

void Server::listenUdp(const std::string &name, const std::string &address, engine::NativeSocket socket)
{
    if (const auto place = listener(name))
        place->addUdp(address, m_loop, std::move(socket));
}

void Server::listenTcp(const std::string &name, const std::string &address, engine::NativeSocket listening)
{
    const auto place = listener(name);
    if (!place)
        return;
    auto onAccept = [this, owner = std::weak_ptr(place)](engine::NativeSocket socket, const Endpoint &) {
        if (const auto strong = owner.lock())
            accept(strong, std::move(socket));
    };
    place->addAcceptor(address, std::make_unique<engine::Acceptor>(m_loop, std::move(listening), std::move(onAccept)));
}

void Server::stopUdp(const std::string &name, const std::string &address)
{
    if (const auto place = m_listeners.find(name); place != m_listeners.end())
        place->second->drainUdp(address);
}

void Server::stopTcp(const std::string &name, const std::string &address)
{
    if (const auto place = m_listeners.find(name); place != m_listeners.end())
        place->second->drainAcceptor(address);
}

std::shared_ptr<Listener> Server::listener(const std::string &name)
{
    const auto &published = m_reader.current().dnsListeners;
    const auto current = published.find(name);
    if (current == published.end())
        return nullptr;
    std::shared_ptr<Listener> &place = m_listeners[name];
    if (!place)
        place = std::make_shared<Listener>(m_reader.worker(), current->second, m_release);
    return place;
}

void Server::accept(const std::shared_ptr<Listener> &listener, engine::NativeSocket socket)
{
    const snapshot::DnsListener &current = listener->current();
    const std::uint32_t limit = current.config.maxConnections;
    if (current.cell->open.fetch_add(1, std::memory_order_relaxed) >= limit && limit > 0) {
        current.cell->open.fetch_sub(1, std::memory_order_relaxed);
        current.cell->refused[m_reader.worker()].add(1);
        return;
    }
    current.cell->accepted[m_reader.worker()].add(1);
    auto client = std::make_unique<engine::Socket>(m_loop, std::move(socket));
    m_connections.push_front(std::make_unique<Connection>(*this, listener, std::move(client)));
    Connection &connection = *m_connections.front();
    connection.m_place = m_connections.begin();
    m_tasks.start(connection.serve());
}

void Server::finished(Connection &connection)
{
    connection.listener().current().cell->open.fetch_sub(1, std::memory_order_relaxed);
    m_connections.erase(connection.m_place);
    if (m_connections.empty() && m_onDrained)
        std::exchange(m_onDrained, {})();
}

void Server::drain(std::function<void()> done)
{
    m_onDrained = std::move(done);
    for (const auto &[name, listener] : m_listeners)
        listener->drainAll();
    // A drained connection may end at once and leave the list.
    for (auto place = m_connections.begin(); place != m_connections.end();)
        (*place++)->drain();
    if (m_connections.empty() && m_onDrained)
        std::exchange(m_onDrained, {})();
}

void Server::abort()
{
    for (auto place = m_connections.begin(); place != m_connections.end();)
        (*place++)->abort();
}

} // namespace mainstay::dns
