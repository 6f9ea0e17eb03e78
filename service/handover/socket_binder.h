// SPDX-License-Identifier: GPL-3.0-or-later
// Binds listening sockets and keeps them for as long as they are wanted.
#pragma once

#include "handover/socket_source.h"

#include <functional>
#include <list>

namespace mainstay::handover {

// One thread. What the guard keeps over the lives of its cores.
class SocketBinder {
public:
    struct Kept {
        ListenAddress address;
        Endpoint local;
        std::vector<Descriptor> sockets;
    };

    // Never null; valid until the address is released. See SocketSource::bind for the number of sockets and errors.
    // An address bound anew is first bound without SO_REUSEPORT, so that a port of another program is noticed.
    Result<const Kept *> bind(const ListenAddress &address, std::uint16_t count);
    // False when the address was not bound.
    bool release(const ListenAddress &address);
    // Releases every address of which `unwanted` says so, and returns where they were.
    std::vector<ListenAddress> releaseIf(const std::function<bool(const ListenAddress &)> &unwanted);

private:
    [[nodiscard]] bool overlapsKept(const ListenAddress &address) const;
    [[nodiscard]] Result<Kept> open(const ListenAddress &address) const;

    std::list<Kept> m_kept;
};

} // namespace mainstay::handover
