// SPDX-License-Identifier: GPL-3.0-or-later
#include "handover/socket_binder.h"

#include "handover/listening_socket.h"

#include <algorithm>

namespace mainstay::handover {

namespace {

bool isWildcard(const IpAddress &address)
{
    return std::all_of(address.bytes.begin(), address.bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

} // namespace

Result<const SocketBinder::Kept *> SocketBinder::bind(const ListenAddress &address, std::uint16_t count)
{
    auto kept = std::find_if(m_kept.begin(), m_kept.end(), [&](const Kept &entry) { return entry.address == address; });
    const bool isNew = kept == m_kept.end();
    if (isNew) {
        auto opened = open(address);
        if (!opened)
            return forward(std::move(opened));
        kept = m_kept.insert(m_kept.end(), *std::move(opened));
    }
    while (kept->sockets.size() < std::min(count, kMaxSocketsPerAddress)) {
        auto next = openListeningSocket(address.transport, kept->local);
        if (!next) {
            if (isNew)
                m_kept.erase(kept);
            return forward(std::move(next));
        }
        kept->sockets.push_back(*std::move(next));
    }
    return &*kept;
}

bool SocketBinder::release(const ListenAddress &address)
{
    return m_kept.remove_if([&](const Kept &entry) { return entry.address == address; }) > 0;
}

std::vector<ListenAddress> SocketBinder::releaseIf(const std::function<bool(const ListenAddress &)> &unwanted)
{
    std::vector<ListenAddress> released;
    m_kept.remove_if([&](const Kept &entry) {
        if (!unwanted(entry.address))
            return false;
        released.push_back({entry.address.transport, entry.local, entry.address.name});
        return true;
    });
    return released;
}

// Whether one of our own sockets would stand in the way of an exclusive bind: *:80 and 127.0.0.1:80 do.
bool SocketBinder::overlapsKept(const ListenAddress &address) const
{
    const auto &wanted = address.endpoint;
    return std::any_of(m_kept.begin(), m_kept.end(), [&](const Kept &entry) {
        return entry.address.transport == address.transport && entry.local.port == wanted.port &&
               entry.local.address.family == wanted.address.family &&
               (isWildcard(entry.local.address) || isWildcard(wanted.address) || entry.local.address == wanted.address);
    });
}

// With its first socket.
Result<SocketBinder::Kept> SocketBinder::open(const ListenAddress &address) const
{
    // Between the probe and the bind somebody else can be given the port that the system picked for us.
    int attempts = address.endpoint.port == 0 ? 8 : 1;
    for (;;) {
        Endpoint local = address.endpoint;
        // Where our own sockets overlap, the probe could not tell them from others; SO_REUSEPORT alone still refuses
        // programs of other users and those that do not share.
        if (!overlapsKept(address)) {
            auto probed = probeAddress(address.transport, address.endpoint);
            if (!probed)
                return forward(std::move(probed));
            local = *probed;
        }
        auto socket = openListeningSocket(address.transport, local);
        if (!socket && --attempts > 0)
            continue;
        if (!socket)
            return forward(std::move(socket));
        Kept kept{address, local, {}};
        kept.sockets.push_back(*std::move(socket));
        return kept;
    }
}

} // namespace mainstay::handover
