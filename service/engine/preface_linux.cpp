// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/preface.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <sys/socket.h>

namespace mainstay::engine {

namespace {

ssize_t receive(NativeHandle socket, std::span<char> room, int flags) noexcept
{
    for (;;) {
        const ssize_t count = ::recv(socket, room.data(), room.size(), flags);
        if (count >= 0 || errno != EINTR)
            return count;
    }
}

} // namespace

Preface::Preface(Loop &loop, NativeSocket socket, Milliseconds patience, Judge judge, OnEnd onEnd)
    : Descriptor(loop, std::move(socket), Trigger::edge), m_judge(std::move(judge)), m_onEnd(std::move(onEnd))
{
    // Without a place among those that are watched nothing will be heard of it.
    loop.timers().set(*this, isRegistered() ? patience : Milliseconds{0});
}

Preface::~Preface() = default;

void Preface::onReady(Readiness readiness)
{
    m_peerEnded |= readiness.closed;
    look(false);
}

void Preface::onDue()
{
    end({});
}

void Preface::look(bool isLast)
{
    std::array<char, kMostBytes> bytes;
    const ssize_t count = receive(handle(), bytes, MSG_PEEK | MSG_DONTWAIT);
    const bool isEmpty = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    if (isEmpty && !isLast)
        return;
    if (count <= 0)
        return end({});
    const auto size = static_cast<std::size_t>(count);
    const Judgement judgement = m_judge({bytes.data(), size});
    if (judgement.verdict == Verdict::more && !isLast && !m_peerEnded && size < bytes.size())
        return; // what comes raises a new edge, whether or not what is there has been taken
    if (judgement.verdict == Verdict::whole && take(judgement.size))
        return end(release());
    end({});
}

bool Preface::take(std::size_t size) noexcept
{
    std::array<char, kMostBytes> bytes;
    while (size > 0) {
        const ssize_t count = receive(handle(), std::span(bytes).first(std::min(size, bytes.size())), MSG_DONTWAIT);
        if (count <= 0)
            return false;
        size -= static_cast<std::size_t>(count);
    }
    return true;
}

void Preface::end(NativeSocket socket)
{
    const OnEnd onEnd = std::move(m_onEnd);
    onEnd(std::move(socket)); // *this may be gone
}

} // namespace mainstay::engine
