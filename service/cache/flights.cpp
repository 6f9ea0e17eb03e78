// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/flights.h"

#include <utility>

namespace mainstay::cache {

Flights::Lead Flights::lead(Name name)
{
    Shard &shard = shardOf(name);
    const std::lock_guard lock(shard.mutex);
    const auto [flight, isNew] = shard.flights.try_emplace(name.flight);
    if (!isNew)
        return {};
    flight->second.hash = name.hash;
    return {*this, name};
}

std::uint64_t Flights::wait(Name name, Wake wake)
{
    const std::uint64_t ticket = m_tickets.fetch_add(1, std::memory_order_relaxed) + 1;
    Shard &shard = shardOf(name);
    const std::lock_guard lock(shard.mutex);
    const auto flight = shard.flights.find(name.flight);
    if (flight == shard.flights.end())
        return 0;
    flight->second.waiters.emplace_back(ticket, std::move(wake));
    return ticket;
}

void Flights::leave(Name name, std::uint64_t ticket)
{
    Shard &shard = shardOf(name);
    const std::lock_guard lock(shard.mutex);
    const auto flight = shard.flights.find(name.flight);
    if (flight != shard.flights.end())
        std::erase_if(flight->second.waiters, [ticket](const auto &waiter) { return waiter.first == ticket; });
}

// With the lock held, so that whoever leaves may forget what would be woken.
void Flights::end(Name name) noexcept
{
    Shard &shard = shardOf(name);
    const std::lock_guard lock(shard.mutex);
    const auto flight = shard.flights.find(name.flight);
    if (flight == shard.flights.end())
        return;
    for (const auto &[ticket, wake] : flight->second.waiters)
        wake();
    shard.flights.erase(flight);
}

Flights::Outlook Flights::outlook(Name name, SteadyTime now)
{
    Shard &shard = shardOf(name);
    const std::lock_guard lock(shard.mutex);
    const Mark &mark = shard.marks[name.flight % kMarks];
    return mark.flight == name.flight && now < mark.until ? mark.outlook : Outlook::good;
}

void Flights::setOutlook(Name name, Outlook outlook, SteadyTime until)
{
    Shard &shard = shardOf(name);
    const std::lock_guard lock(shard.mutex);
    Mark &mark = shard.marks[name.flight % kMarks];
    if (outlook != Outlook::good || mark.flight == name.flight)
        mark = {name.flight, until, outlook};
}

bool Flights::isDoomed(Name name)
{
    Shard &shard = shardOf(name);
    const std::lock_guard lock(shard.mutex);
    const auto flight = shard.flights.find(name.flight);
    return flight == shard.flights.end() || flight->second.isDoomed;
}

void Flights::doom(std::uint64_t hash)
{
    Shard &shard = shardOf({hash, 0});
    const std::lock_guard lock(shard.mutex);
    for (auto &[name, flight] : shard.flights)
        flight.isDoomed |= flight.hash == hash;
}

void Flights::doomAll()
{
    for (Shard &shard : m_shards) {
        const std::lock_guard lock(shard.mutex);
        for (auto &[name, flight] : shard.flights)
            flight.isDoomed = true;
    }
}

} // namespace mainstay::cache
