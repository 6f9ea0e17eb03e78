// SPDX-License-Identifier: GPL-3.0-or-later
// What is the same for every system: who waits, until when, and what completes it.
#include "engine/stream.h"

#include "engine/interference.h"
#include "engine/prefetch.h"

#include <algorithm>
#include <cassert>

namespace mainstay::engine {

namespace {

constexpr std::size_t kMostInATurn = std::size_t{512} * 1024;

// Of the frame of who waits, what is used first.
constexpr std::size_t kWaitingFrame = 256;

// What the test loop says of an attempt; always `proceed` in the service.
Interference::Verdict verdictOn(const Loop &loop, OperationKind kind)
{
    return loop.interference() ? loop.interference()->onAttempt(kind) : Interference::Verdict::proceed;
}

std::size_t limitOf(const Loop &loop, OperationKind kind, std::size_t wanted)
{
    return loop.interference() ? std::clamp<std::size_t>(loop.interference()->limit(kind, wanted), 1, wanted) : wanted;
}

} // namespace

std::size_t Stream::sendLimit(std::size_t wanted) const noexcept
{
    return limitOf(loop(), OperationKind::send, wanted);
}

Stream::~Stream()
{
    assert(!m_in.waiter && !m_out.waiter);
}

void Stream::note(Readiness readiness) noexcept
{
    m_peerEnded |= readiness.closed;
    m_in.ready |= readiness.readable;
    m_out.ready |= readiness.writable;
}

void Stream::report(Readiness readiness)
{
    note(readiness);
    if (m_in.waiter && (m_in.ready || (m_in.needsOther && m_out.ready)) && attemptReceive())
        complete(m_in);
    if (m_out.waiter && (m_out.ready || (m_out.needsOther && m_in.ready)) && attemptSend())
        complete(m_out);
    if (readiness.closed && m_cancelled && hasHungUp())
        m_cancelled->cancelReceive();
}

bool Stream::beginConnect() noexcept
{
    m_out.result = {};
    static_cast<void>(isUnusable(m_out));
    return true;
}

bool Stream::beginReceive(const Destination &into) noexcept
{
    assert(!m_in.waiter && (into.pipe ? into.pipe->held() == 0 && into.most > 0 : !into.buffer->isFull()));
    m_into = into;
    m_in.result = {};
    if (isUnusable(m_in))
        return true;
    return m_in.ready && attemptReceive();
}

bool Stream::beginSend(Pieces &pieces, FileRange &file, Pipe *pipe) noexcept
{
    assert(!m_out.waiter);
    m_pieces = &pieces;
    m_file = &file;
    m_pipe = pipe;
    m_out.result = {};
    if (isUnusable(m_out))
        return true;
    return m_out.ready && attemptSend();
}

bool Stream::isUnusable(Side &side) noexcept
{
    if (isOpen() && !m_aborted)
        return false;
    side.result.status = m_aborted ? IoStatus::cancelled : IoStatus::failed;
    return true;
}

bool Stream::attemptReceive() noexcept
{
    switch (verdictOn(loop(), OperationKind::receive)) {
    case Interference::Verdict::proceed:
        break;
    case Interference::Verdict::defer:
        retryLater();
        return false;
    case Interference::Verdict::cancel:
        m_in.result.status = IoStatus::cancelled;
        return true;
    }
    m_in.needsOther = false;
    if (m_in.waiter)
        prefetch(m_in.waiter.address(), kWaitingFrame);
    const Outcome outcome = receiveSome();
    m_in.result.bytes = outcome.bytes;
    switch (outcome.attempt) {
    case Attempt::done:
        m_in.ready = !outcome.drained || m_peerEnded;
        return true;
    case Attempt::wantsRead:
        m_in.ready = false;
        return false;
    case Attempt::wantsWrite:
        m_in.needsOther = true;
        m_out.ready = false;
        return false;
    case Attempt::ended:
        m_in.result.status = IoStatus::closed;
        return true;
    case Attempt::failed:
        m_in.result.status = IoStatus::failed;
        return true;
    }
    return true;
}

Stream::Outcome Stream::receiveSome() noexcept
{
    if (m_into.pipe) {
        const Outcome outcome = readIntoPipe(*m_into.pipe, limitOf(loop(), OperationKind::receive, m_into.most));
        m_into.pipe->noteIn(outcome.bytes);
        return outcome;
    }
    std::span<char> room = m_into.buffer->room();
    room = room.first(limitOf(loop(), OperationKind::receive, room.size()));
    Outcome outcome = readSome(room);
    // TLS took a short read for a drained socket in the middle of a record. Behind the peer's end there comes no
    // further edge, and the next read finds that end.
    if (outcome.attempt == Attempt::wantsRead && m_peerEnded)
        outcome = readSome(room);
    m_into.buffer->append(outcome.bytes);
    m_into.buffer->trim();
    return outcome;
}

bool Stream::isAllSent() const noexcept
{
    return m_pieces->size() == 0 && m_file->length == 0 && (!m_pipe || m_pipe->held() == 0);
}

Stream::Outcome Stream::sendSome() noexcept
{
    if (m_pieces->size() > 0) {
        const Outcome outcome = writeSome(*m_pieces);
        m_pieces->consume(outcome.bytes);
        return outcome;
    }
    if (m_file->length > 0) {
        const Outcome outcome = writeFile(*m_file);
        m_file->offset += outcome.bytes;
        m_file->length -= outcome.bytes;
        return outcome;
    }
    const Outcome outcome = writeFromPipe(*m_pipe);
    m_pipe->noteOut(outcome.bytes);
    return outcome;
}

bool Stream::attemptSend() noexcept
{
    bool moved = false;
    for (std::size_t inThisTurn = 0;;) {
        if (isAllSent())
            return true;
        switch (verdictOn(loop(), OperationKind::send)) {
        case Interference::Verdict::proceed:
            break;
        case Interference::Verdict::defer:
            retryLater();
            return false;
        case Interference::Verdict::cancel:
            m_out.result.status = IoStatus::cancelled;
            return true;
        }
        m_out.needsOther = false;
        const Outcome outcome = sendSome();
        m_out.result.bytes += outcome.bytes;
        inThisTurn += outcome.bytes;
        moved |= outcome.bytes > 0 || outcome.moved;
        switch (outcome.attempt) {
        case Attempt::done:
            if (inThisTurn < kMostInATurn || isAllSent())
                continue;
            retryLater(); // a client that takes all we have must not keep the others waiting
            break;
        case Attempt::wantsWrite:
            m_out.ready = false;
            break;
        case Attempt::wantsRead:
            m_out.needsOther = true;
            m_in.ready = false;
            break;
        case Attempt::ended:
        case Attempt::failed:
            m_out.result.status = IoStatus::failed;
            return true;
        }
        if (m_out.waiter && moved)
            m_out.deadline = loop().timers().tickAfter(m_sendTimeout);
        return false;
    }
}

void Stream::cancelReceive() noexcept
{
    end(m_in, IoStatus::cancelled);
}

void Stream::cancelSend() noexcept
{
    end(m_out, IoStatus::cancelled);
}

void Stream::abort() noexcept
{
    m_aborted = true;
    cancel();
}

void Stream::wait(Side &side, std::coroutine_handle<> waiter, Milliseconds timeout) noexcept
{
    side.waiter = waiter;
    side.deadline = loop().timers().tickAfter(timeout);
    armTimer(side.deadline);
}

void Stream::complete(Side &side) noexcept
{
    loop().resumeSoon(std::exchange(side.waiter, {}));
}

void Stream::end(Side &side, IoStatus status) noexcept
{
    if (!side.waiter)
        return;
    side.result.status = status;
    complete(side);
}

// The timer is set once and left alone while deadlines move away, as they do with every request of a busy connection:
// when it comes due too early it is set again.
void Stream::armTimer(Tick deadline) noexcept
{
    if (!Timer::isSet() || TimerWheel::isBefore(deadline, Timer::due()))
        loop().timers().setAt(*this, deadline);
}

void Stream::onDue()
{
    for (Side *side : {&m_in, &m_out}) {
        if (!side->waiter)
            continue;
        if (TimerWheel::isBefore(loop().timers().now(), side->deadline))
            armTimer(side->deadline);
        else
            end(*side, IoStatus::timedOut);
    }
}

} // namespace mainstay::engine
