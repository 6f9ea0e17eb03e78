// SPDX-License-Identifier: GPL-3.0-or-later
// Of a socket, what is the same for every system.
#include "engine/socket.h"

#include <utility>

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

bool Socket::greet() noexcept
{
    if (!m_greeting)
        return true;
    const Outcome outcome = Socket::writeSome(Pieces{{*m_greeting}});
    return outcome.attempt == Attempt::done && outcome.bytes == std::exchange(m_greeting, nullptr)->size();
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
