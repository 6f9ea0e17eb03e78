// SPDX-License-Identifier: GPL-3.0-or-later
// Of a socket, what is the same for every system.
#include "engine/socket.h"

namespace mainstay::engine {

Socket::Socket(Loop &loop, NativeSocket socket) : Descriptor(loop, std::move(socket), Trigger::edge), Stream(loop) {}

void Socket::onReady(Readiness readiness)
{
    if (!m_connecting)
        return report(readiness);
    note(readiness);
    if (out().waiter && (out().ready || (out().needsOther && in().ready)) && attemptConnect())
        complete(out());
}

bool Socket::beginConnect() noexcept
{
    out().result = {};
    out().ready = false;
    if (isUnusable(out()))
        return true;
    m_connecting = true;
    return false;
}

} // namespace mainstay::engine
