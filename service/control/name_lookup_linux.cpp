// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/name_lookup.h"

#include "control/name_query.h"
#include "engine/socket_address_linux.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <memory>
#include <mutex>
#include <netdb.h>
#include <optional>
#include <thread>

namespace mainstay::control {

namespace {

constexpr std::size_t kAtATime = 16;

// Shared with threads that a silent resolver may hold for longer than anybody waits for them.
struct Lookups {
    std::vector<Endpoint> resolvers;        // set once
    std::map<std::string, IpAddress> inUse; // likewise
    std::mutex mutex;                       // guards what follows
    std::condition_variable changed;
    std::set<std::string> pending;
    std::map<std::string, IpAddress> found;
    std::size_t threads = 0;
};

IpAddress addressIn(const addrinfo &entry)
{
    engine::SocketAddress address;
    std::memcpy(address.get(), entry.ai_addr, std::min<std::size_t>(entry.ai_addrlen, address.length()));
    return address.endpoint().address;
}

std::optional<IpAddress> lookUpOne(const std::string &host, const std::optional<IpAddress> &inUse)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo *found = nullptr;
    if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0)
        return std::nullopt;
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
    for (const addrinfo *entry = list.get(); entry && inUse; entry = entry->ai_next) {
        if (addressIn(*entry) == inUse)
            return inUse;
    }
    return addressIn(*list);
}

void work(Lookups &lookups)
{
    std::unique_lock lock(lookups.mutex);
    while (!lookups.pending.empty()) {
        const std::string host = std::move(lookups.pending.extract(lookups.pending.begin()).value());
        lock.unlock();
        const auto known = lookups.inUse.find(host);
        const auto inUse = known == lookups.inUse.end() ? std::nullopt : std::optional(known->second);
        const auto address =
            lookups.resolvers.empty() ? lookUpOne(host, inUse) : queryAddress(host, lookups.resolvers, inUse);
        lock.lock();
        if (address)
            lookups.found.emplace(host, *address);
    }
    --lookups.threads;
    lookups.changed.notify_one();
}

} // namespace

std::map<std::string, IpAddress> lookUp(const std::set<std::string> &hosts, Milliseconds limit,
                                        const std::vector<Endpoint> &resolvers,
                                        const std::map<std::string, IpAddress> &inUse)
{
    const auto lookups = std::make_shared<Lookups>();
    lookups->resolvers = resolvers;
    lookups->inUse = inUse;
    lookups->pending = hosts;
    std::unique_lock lock(lookups->mutex);
    for (lookups->threads = 0; lookups->threads < std::min(hosts.size(), kAtATime); ++lookups->threads)
        std::thread([lookups] { work(*lookups); }).detach();
    lookups->changed.wait_for(lock, limit, [&lookups] { return lookups->threads == 0; });
    lookups->pending.clear();
    return lookups->found;
}

} // namespace mainstay::control
