// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/acceptor.h"
#include "engine/socket_address_linux.h"

#include <cerrno>
#include <sys/socket.h>

namespace mainstay::engine {

namespace {

constexpr int kAcceptsPerTurn = 16;
constexpr Milliseconds kPauseWithoutDescriptors{100};

} // namespace

Acceptor::Acceptor(Loop &loop, NativeSocket listening, OnAccept onAccept)
    : Descriptor(loop, std::move(listening), Trigger::level), m_onAccept(std::move(onAccept))
{
}

Acceptor::~Acceptor() = default;

void Acceptor::onReady(Readiness)
{
    if (Timer::isSet())
        return;
    for (int i = 0; i < kAcceptsPerTurn && acceptOne(); ++i) {
    }
}

void Acceptor::onDue() { onReady({}); }

void Acceptor::drain()
{
    while (acceptOne()) {
    }
    closeDescriptor();
}

bool Acceptor::acceptOne()
{
    SocketAddress peer;
    NativeSocket accepted(::accept4(handle(), peer.get(), peer.lengthField(), SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (accepted.isOpen()) {
        m_onAccept(std::move(accepted), peer.endpoint());
        return true;
    }
    switch (errno) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
        loop().timers().set(*this, kPauseWithoutDescriptors);
        return false;
    case EAGAIN:
        return false;
    default: // the peer was gone before it was accepted: accept(2)
        return true;
    }
}

} // namespace mainstay::engine
