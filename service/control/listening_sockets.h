// SPDX-License-Identifier: GPL-3.0-or-later
// Which addresses are listened on, and the sockets' way from the guard to the workers.
#pragma once

#include "base/problem.h"
#include "config/configuration.h"
#include "control/data_plane.h"
#include "handover/socket_source.h"
#include "schema/origins.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace mainstay::control {

using DataPlanes = std::vector<std::unique_ptr<DataPlane>>;

// Control thread. An address stays bound through any number of changes until nothing wants it any more.
class ListeningSockets {
public:
    ListeningSockets(handover::SocketSource &source, DataPlanes &planes) : m_source(source), m_planes(planes) {}

    // Binds what this configuration wants and is not bound yet. Nothing is served on it before commit(). The problems
    // name what could not be bound.
    Problems prepare(const config::Configuration &configuration, const schema::Origins &origins);
    // What prepare() would say, without keeping anything.
    Problems check(const config::Configuration &configuration, const schema::Origins &origins);
    // The snapshot is published: serves the new sockets and stops with those no longer wanted.
    void commit();
    // The change is refused: closes what prepare() bound.
    void abandon();
    // Stops listening for good; the guard keeps the sockets.
    void forget() { m_serving.clear(); }

    // Where a place is listened on, with the port the system picked when 0 was asked for; nothing when it is not.
    [[nodiscard]] std::optional<Endpoint> local(const ListeningPlace &place) const;
    [[nodiscard]] static std::vector<ListeningPlace> placesOf(const std::string &name,
                                                              const config::ListenerConfig &listener);

private:
    [[nodiscard]] static handover::ListenAddress addressOf(const ListeningPlace &place);
    [[nodiscard]] static Problem problemOf(const ListeningPlace &place, const Error &error,
                                           const schema::Origins &origins);
    [[nodiscard]] bool isInUse(const handover::ListenAddress &address) const;
    void stop(const ListeningPlace &place);

    handover::SocketSource &m_source;
    DataPlanes &m_planes;
    std::map<ListeningPlace, Endpoint> m_serving;
    std::map<ListeningPlace, handover::BoundSockets> m_prepared; // bound, not served yet
    std::vector<ListeningPlace> m_wanted;                        // by the configuration being prepared
};

} // namespace mainstay::control
