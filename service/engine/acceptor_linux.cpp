// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/acceptor.h"
#include "engine/socket_address_linux.h"

#include <cerrno>
#include <sys/resource.h>
#include <sys/socket.h>

namespace mainstay::engine {

namespace {

constexpr int kAcceptsPerTurn = 16;
// More than a queue holds: a flood is not to keep open what is to be closed.
constexpr int kMostDrained = 65536;
constexpr Milliseconds kPauseWithoutDescriptors{100};
// Kept back for the connections to servers, for files, and for whoever comes to see what is wrong.
constexpr rlim_t kReserved = 64;

// A descriptor is the lowest number that is free, so its own number tells how many are left.
bool isLastButReserve(const NativeSocket &socket)
{
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > 2 * kReserved &&
           static_cast<rlim_t>(socket.handle()) >= limit.rlim_cur - kReserved;
}

} // namespace

Acceptor::Acceptor(Loop &loop, NativeSocket listening, OnAccept onAccept)
    : Descriptor(loop, std::move(listening), Trigger::level), m_onAccept(std::move(onAccept))
{
    if (!isRegistered())
        pause();
}

Acceptor::~Acceptor() = default;

void Acceptor::onReady(Readiness)
{
    for (int i = 0; i < kAcceptsPerTurn && acceptOne(); ++i) {
    }
}

void Acceptor::onDue()
{
    if (!watch())
        pause();
}

void Acceptor::drain()
{
    for (int i = 0; i < kMostDrained && acceptOne(); ++i) {
    }
    Timer::clear();
    closeDescriptor();
}

// What queues is reported until it is accepted, so nothing is to be heard meanwhile.
void Acceptor::pause()
{
    unwatch();
    loop().timers().set(*this, kPauseWithoutDescriptors);
}

bool Acceptor::acceptOne()
{
    SocketAddress peer;
    NativeSocket accepted(::accept4(handle(), peer.get(), peer.lengthField(), SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (accepted.isOpen() && isLastButReserve(accepted)) {
        loop().counters().acceptsPutOff.add(1);
        pause(); // and the connection is closed: nobody would answer it soon
        return false;
    }
    if (accepted.isOpen()) {
        m_onAccept(std::move(accepted), peer.endpoint());
        return true;
    }
    switch (errno) {
    case EAGAIN:
    case EBADF: // drained
        return false;
    // The connection, or its network, was gone before it was accepted: it left the queue with this error (accept(2)).
    case ECONNABORTED:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case EINTR:
    case ENETDOWN:
    case ENETUNREACH:
    case ENONET:
    case ENOPROTOOPT:
    case EPERM:
    case EPROTO:
    case ETIMEDOUT:
        return true;
    case EMFILE:
    case ENFILE:
        loop().counters().acceptsPutOff.add(1);
        [[fallthrough]];
    default: // no memory, or what would be reported again at once
        pause();
        return false;
    }
}

} // namespace mainstay::engine
