// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tls_stream.h"

namespace mainstay::engine {
namespace {

std::int64_t microsOf(SteadyTime time) noexcept
{
    return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

} // namespace

TlsStream::TlsStream(Loop &loop, NativeSocket socket, TlsContext::Pointer context,
                     std::shared_ptr<const CertificateSelector> certificates)
    : TlsSocket(loop, std::move(socket), *context, *certificates), m_context(std::move(context)),
      m_certificates(std::move(certificates)), m_handshake(microsOf(loop.now()))
{}

Stream::Outcome TlsStream::readSome(std::span<char> room) noexcept
{
    if (!isEstablished()) {
        const TlsOutcome outcome = session().handshake();
        if (outcome.status != TlsStatus::done)
            return outcomeOf(outcome);
        setEstablished();
        m_handshake = microsOf(loop().now()) - m_handshake;
    }
    return TlsSocket::readSome(room);
}

} // namespace mainstay::engine
