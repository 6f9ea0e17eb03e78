// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tls_socket.h"

#include <array>

namespace mainstay::engine {

void TlsSocket::shutdownSend() noexcept
{
    if (m_isEstablished)
        static_cast<void>(m_session.shutdown());
    Socket::shutdownSend();
}

Stream::Outcome TlsSocket::readSome(std::span<char> room) noexcept
{
    const TlsOutcome outcome = m_session.read(room);
    Outcome result = outcomeOf(outcome);
    result.drained = m_session.drained() && !m_session.hasBuffered();
    return result;
}

Stream::Outcome TlsSocket::writeSome(const Pieces &pieces) noexcept
{
    return written(m_session.write(pieces.parts));
}

Stream::Outcome TlsSocket::writeFile(const FileRange &file) noexcept
{
    std::array<char, 16 * 1024> record; // the largest a TLS record holds
    const std::size_t count = readFile(file, record);
    if (count == 0)
        return {Attempt::failed};
    const std::string_view bytes(record.data(), count);
    // After a partial write OpenSSL wants the same bytes again: they are, read anew from the same offset.
    return written(m_session.write(bytes));
}

Stream::Outcome TlsSocket::written(TlsOutcome outcome) const noexcept
{
    Outcome result = outcomeOf(outcome);
    result.moved = m_session.moved();
    return result;
}

Stream::Outcome TlsSocket::outcomeOf(TlsOutcome outcome) noexcept
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
