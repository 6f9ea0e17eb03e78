// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tls_stream.h"

#include <array>

namespace mainstay::engine {
namespace {

std::int64_t microsOf(SteadyTime time) noexcept
{
    return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

} // namespace

TlsStream::TlsStream(Loop &loop, NativeSocket socket, TlsContext::Pointer context,
                     std::shared_ptr<const CertificateSelector> certificates)
    : Socket(loop, std::move(socket)), m_context(std::move(context)), m_certificates(std::move(certificates)),
      m_session(*m_context, handle(), *m_certificates), m_handshake(microsOf(loop.now()))
{}

void TlsStream::shutdownSend() noexcept
{
    if (m_established)
        static_cast<void>(m_session.shutdown());
    Socket::shutdownSend();
}

Stream::Outcome TlsStream::readSome(std::span<char> room) noexcept
{
    if (!m_established) {
        const TlsOutcome outcome = m_session.handshake();
        if (outcome.status != TlsStatus::done)
            return outcomeOf(outcome);
        m_established = true;
        m_handshake = microsOf(loop().now()) - m_handshake;
    }
    const TlsOutcome outcome = m_session.read(room);
    Outcome result = outcomeOf(outcome);
    result.drained = m_session.drained() && !m_session.hasBuffered();
    return result;
}

Stream::Outcome TlsStream::writeSome(const Pieces &pieces) noexcept
{
    return written(m_session.write(pieces.parts));
}

Stream::Outcome TlsStream::writeFile(const FileRange &file) noexcept
{
    std::array<char, 16 * 1024> record; // the largest a TLS record holds
    const std::size_t count = readFile(file, record);
    if (count == 0)
        return {Attempt::failed};
    const std::string_view bytes(record.data(), count);
    // After a partial write OpenSSL wants the same bytes again: they are, read anew from the same offset.
    return written(m_session.write(bytes));
}

Stream::Outcome TlsStream::written(TlsOutcome outcome) const noexcept
{
    Outcome result = outcomeOf(outcome);
    result.moved = m_session.moved();
    return result;
}

Stream::Outcome TlsStream::outcomeOf(TlsOutcome outcome) noexcept
{
    switch (outcome.status) {
    case TlsStatus::done:
        return {Attempt::done, outcome.bytes};
    case TlsStatus::wantRead:
        return {Attempt::wantsRead, outcome.bytes};
    case TlsStatus::wantWrite:
        return {Attempt::wantsWrite, outcome.bytes};
    case TlsStatus::closed:
        return {Attempt::ended, outcome.bytes};
    case TlsStatus::truncated:
    case TlsStatus::failed:
        return {Attempt::failed, outcome.bytes};
    }
    return {Attempt::failed};
}

} // namespace mainstay::engine
