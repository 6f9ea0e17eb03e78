// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/listening_sockets.h"

#include "schema/node.h"

#include <algorithm>

namespace mainstay::control {

std::vector<ListeningPlace> ListeningSockets::placesOf(const std::string &name, const config::ListenerConfig &listener)
{
    std::vector<ListeningPlace> places;
    for (const Endpoint &endpoint : listener.address) {
        if (listener.protocol == config::Protocol::dns) {
            places.push_back({Plane::dnsUdp, name, endpoint});
            places.push_back({Plane::dnsTcp, name, endpoint});
        } else {
            places.push_back({Plane::http, name, endpoint});
        }
    }
    return places;
}

handover::ListenAddress ListeningSockets::addressOf(const ListeningPlace &place)
{
    return {place.plane == Plane::dnsUdp ? handover::Transport::udp : handover::Transport::tcp, place.endpoint,
            "listener." + place.listener};
}

Problem ListeningSockets::problemOf(const ListeningPlace &place, const Error &error, const schema::Origins &origins)
{
    const std::string path = schema::joinPath("listener", place.listener) + ".address";
    return {error.code, path, error.message, error.remedy, origins.place(path), Severity::error};
}

Problems ListeningSockets::check(const config::Configuration &configuration, const schema::Origins &origins)
{
    Problems problems;
    for (const auto &[name, listener] : configuration.listeners) {
        for (const ListeningPlace &place : placesOf(name, listener)) {
            const handover::ListenAddress address = addressOf(place);
            if (isInUse(address))
                continue;
            if (const auto bound = m_source.bind(address, 1); !bound)
                problems.push_back(problemOf(place, bound.error(), origins));
            m_source.release(address);
        }
    }
    return problems;
}

Problems ListeningSockets::prepare(const config::Configuration &configuration, const schema::Origins &origins)
{
    Problems problems;
    m_wanted.clear();
    for (const auto &[name, listener] : configuration.listeners) {
        for (const ListeningPlace &place : placesOf(name, listener)) {
            m_wanted.push_back(place);
            if (m_serving.contains(place) || m_prepared.contains(place))
                continue;
            auto bound = m_source.bind(addressOf(place), static_cast<std::uint16_t>(m_planes.size()));
            if (bound)
                m_prepared.emplace(place, std::move(*bound));
            else
                problems.push_back(problemOf(place, bound.error(), origins));
        }
    }
    return problems;
}

void ListeningSockets::commit()
{
    for (auto &[place, bound] : m_prepared) {
        for (std::size_t i = 0; i < bound.sockets.size(); ++i)
            m_planes[i % m_planes.size()]->listen(place, std::move(bound.sockets[i]));
        m_serving.insert_or_assign(place, bound.local);
    }
    m_prepared.clear();
    std::vector<ListeningPlace> unwanted;
    for (const auto &[place, local] : m_serving) {
        if (std::find(m_wanted.begin(), m_wanted.end(), place) == m_wanted.end())
            unwanted.push_back(place);
    }
    for (const ListeningPlace &place : unwanted) {
        m_serving.erase(place);
        stop(place);
    }
}

void ListeningSockets::abandon()
{
    std::vector<handover::ListenAddress> addresses;
    for (const auto &[place, bound] : m_prepared)
        addresses.push_back(addressOf(place));
    m_prepared.clear();
    for (const handover::ListenAddress &address : addresses) {
        if (!isInUse(address))
            m_source.release(address);
    }
}

void ListeningSockets::stop(const ListeningPlace &place)
{
    auto waiting = std::make_shared<std::size_t>(m_planes.size());
    for (const auto &plane : m_planes) {
        plane->stopListening(place, [this, place, waiting] {
            if (--*waiting == 0 && !isInUse(addressOf(place)))
                m_source.release(addressOf(place));
        });
    }
}

bool ListeningSockets::isInUse(const handover::ListenAddress &address) const
{
    const auto uses = [&address](const auto &entry) { return addressOf(entry.first) == address; };
    return std::any_of(m_serving.begin(), m_serving.end(), uses) ||
           std::any_of(m_prepared.begin(), m_prepared.end(), uses);
}

std::optional<Endpoint> ListeningSockets::local(const ListeningPlace &place) const
{
    const auto found = m_serving.find(place);
    return found == m_serving.end() ? std::nullopt : std::optional(found->second);
}

} // namespace mainstay::control
