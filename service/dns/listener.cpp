// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/listener.h"

namespace mainstay::dns {

namespace {

template <class Places>
void drainPlace(Places &places, const std::string &address)
{
    std::erase_if(places, [&address](const auto &place) {
        if (place.first != address)
            return false;
        place.second->drain();
        return true;
    });
}

} // namespace

void Listener::addUdp(const std::string &address, engine::Loop &loop, engine::NativeSocket socket)
{
    auto answerDatagram = [this](std::span<const std::uint8_t> query, const engine::UdpSocket::Peer &,
                                 std::span<std::uint8_t> out) {
        const Outcome outcome = answer(query, false, out);
        count(outcome, false);
        return outcome.size;
    };
    auto batchSent = [this, &loop] { batchEnded(loop.now()); };
    m_sockets.emplace_back(address, std::make_unique<engine::UdpSocket>(
                                        loop, std::move(socket), std::move(answerDatagram), std::move(batchSent)));
}

void Listener::addAcceptor(const std::string &address, std::unique_ptr<engine::Acceptor> acceptor)
{
    m_acceptors.emplace_back(address, std::move(acceptor));
}

void Listener::drainUdp(const std::string &address)
{
    drainPlace(m_sockets, address);
}

void Listener::drainAcceptor(const std::string &address)
{
    drainPlace(m_acceptors, address);
}

void Listener::drainAll()
{
    for (const auto &[address, socket] : std::exchange(m_sockets, {}))
        socket->drain();
    for (const auto &[address, acceptor] : std::exchange(m_acceptors, {}))
        acceptor->drain();
}

Outcome Listener::answer(std::span<const std::uint8_t> query, bool isStream, std::span<std::uint8_t> out) const
{
    return dns::answer(query, m_current->zones, {isStream, static_cast<std::uint16_t>(m_current->config.udpSize)}, out);
}

void Listener::count(const Outcome &outcome, bool isStream)
{
    shared_state::ZoneCell *cell = outcome.zone ? outcome.zone->cell() : m_current->outside.get();
    if (!cell)
        return;
    shared_state::QueryTraffic &traffic = cell->queries[m_worker];
    (isStream ? traffic.tcpQueries : traffic.udpQueries).add(1);
    if (outcome.size == 0)
        return traffic.dropped.add(1);
    traffic.rcodes[static_cast<std::size_t>(outcome.rcode)].add(1);
    if (outcome.isTruncated)
        traffic.truncated.add(1);
    if (m_runCount == 0 || m_runs[m_runCount - 1].traffic != &traffic)
        m_runs[m_runCount++] = {&traffic, 0};
    ++m_runs[m_runCount - 1].answers;
}

void Listener::batchEnded(SteadyTime begun)
{
    if (m_runCount == 0)
        return;
    const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(SteadyClock::now() - begun);
    for (std::size_t i = 0; i < m_runCount; ++i)
        m_runs[i].traffic->latency.record(static_cast<std::uint64_t>(spent.count()), m_runs[i].answers);
    m_runCount = 0;
}

} // namespace mainstay::dns
