// SPDX-License-Identifier: GPL-3.0-or-later
// What holds service-wide for an object: it is keyed by the object's identity, outlives snapshots and is referenced by
// them.
#pragma once

#include "balance/health.h"
#include "config/backend.h"
#include "shared_state/per_worker.h"
#include "shared_state/traffic.h"

#include <atomic>
#include <cstdint>
#include <string>

namespace mainstay::shared_state {

// Shared.
struct ListenerCell {
    ListenerCell(std::string listenerName, std::uint32_t workers) : name(std::move(listenerName)), accepted(workers) {}

    const std::string name;
    std::atomic<std::uint32_t> open = 0; // connections, over all workers
    PerWorker<Counter> accepted;
    PerWorker<Counter> refused{accepted.size()}; // beyond max_connections or client_connections
    PerWorker<Counter> unannounced{
        accepted.size()}; // that should have begun with a header of the PROXY protocol, and did not
    PerWorker<Counter> floods{
        accepted.size()}; // connections ended for frames of HTTP/2 that asked for no work and cost some
    PerWorker<Counter> unrouted{
        accepted.size()}; // requests that no site had to do with: malformed, for no host of ours
};

// Shared: written by its worker. Requests that did not get as far as their route's action.
struct Refusals {
    Counter denied;       // by network
    Counter limited;      // by rate, or for having too much under way
    Counter unauthorized; // by password, or by whoever was asked
};

// Shared.
struct SiteCell {
    SiteCell(std::string siteName, std::uint32_t workers)
        : name(std::move(siteName)), traffic(workers), refusals(workers)
    {}

    const std::string name;
    PerWorker<Traffic> traffic;
    PerWorker<Refusals> refusals;
};

// Shared.
struct BackendCell {
    BackendCell(std::string backendName, std::uint32_t workers) : name(std::move(backendName)), traffic(workers) {}

    const std::string name;
    PerWorker<Traffic> traffic;
    PerWorker<Counter> mirrorsDropped{traffic.size()}; // copies of requests that were not sent
};

// Shared. Control writes health, state and weight; workers read them at each pick.
struct ServerCell {
    // `number` is unique while the service runs and small, for tables of the workers.
    ServerCell(std::string backendName, std::string serverId, std::uint32_t serverNumber, std::uint32_t workers)
        : backend(std::move(backendName)), id(std::move(serverId)), number(serverNumber), traffic(workers)
    {}

    // Over all workers; one that just changed may be missed.
    [[nodiscard]] std::uint32_t inFlight() const noexcept
    {
        std::uint64_t sum = 0;
        for (std::uint32_t worker = 0; worker < traffic.size(); ++worker)
            sum += traffic[worker].inFlight.value();
        return static_cast<std::uint32_t>(sum);
    }
    // Whether new requests may go there.
    [[nodiscard]] bool takesRequests() const noexcept
    {
        return state.load(std::memory_order_relaxed) == config::ServerState::ready &&
               health.load(std::memory_order_relaxed) != balance::Health::down;
    }

    const std::string backend;
    const std::string id;
    const std::uint32_t number;
    std::atomic<balance::Health> health = balance::Health::unknown;
    std::atomic<config::ServerState> state = config::ServerState::ready; // with the override, if there is one
    std::atomic<std::uint32_t> weight = 1;                               // likewise
    std::atomic<bool> heldIdle = false; // in FastCGI: whether a worker keeps a connection that nobody uses
    PerWorker<Traffic> traffic;
};

// Shared.
struct ZoneCell {
    ZoneCell(std::string zoneName, std::uint32_t workers) : name(std::move(zoneName)), queries(workers) {}

    const std::string name;
    PerWorker<QueryTraffic> queries;
};

} // namespace mainstay::shared_state
