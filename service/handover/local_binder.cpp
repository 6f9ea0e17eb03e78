// SPDX-License-Identifier: GPL-3.0-or-later
#include "handover/local_binder.h"

namespace mainstay::handover {

Result<BoundSockets> LocalBinder::bind(const ListenAddress &address, std::uint16_t count)
{
    auto kept = m_binder.bind(address, count);
    if (!kept)
        return forward(std::move(kept));
    BoundSockets bound{{}, (*kept)->local};
    for (const Descriptor &socket : (*kept)->sockets) {
        auto copy = socket.duplicate();
        if (!copy)
            return forward(std::move(copy));
        bound.sockets.push_back(*std::move(copy));
    }
    return bound;
}

} // namespace mainstay::handover
