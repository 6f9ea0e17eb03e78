// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/tunnel.h"

#include "http/connection.h"
#include "http/fairness.h"
#include "http/forwarded_head.h"
#include "http/listener.h"
#include "http/server.h"

#include <algorithm>

namespace mainstay::http {

namespace {

// For the other side to end too, once one has.
constexpr Milliseconds kGoodbye{10'000};

} // namespace

Tunnel::Tunnel(Exchange &exchange, UpstreamConnection &upstream, Milliseconds silence)
    : m_exchange(exchange), m_upstream(upstream), m_client(exchange.connection->client()),
      m_loop(exchange.connection->server().loop()), m_silence(silence), m_heard(m_loop.now())
{}

engine::Task<> Tunnel::run()
{
    Connection &connection = *m_exchange.connection;
    m_exchange.status = m_exchange.upstreamHead.status();
    {
        engine::Buffer out(connection.server().buffers());
        out.append(writeInterimHead(m_exchange, out.room()));
        const engine::IoResult sent = co_await m_client.send(out.view(), connection.listener().config().writeTimeout);
        if (!sent.ok())
            co_return;
    }
    m_upstream.in.consume(m_exchange.upstreamHead.length());
    m_tasks.start(carry(m_client, m_upstream.socket, connection.received(), m_sent));
    co_await carry(m_upstream.socket, m_client, m_upstream.in, m_exchange.bytesOut);
    co_await m_tasks.empty();
}

Milliseconds Tunnel::patience() const
{
    return std::chrono::duration_cast<Milliseconds>(m_heard + m_silence - m_loop.now());
}

engine::Task<> Tunnel::carry(engine::Stream &from, engine::Stream &to, engine::Buffer &buffer, std::uint64_t &count)
{
    for (std::size_t inARow = 0; !m_isBroken;) {
        if (!buffer.isEmpty()) {
            const engine::IoResult sent = co_await to.send(buffer.view(), m_silence);
            count += sent.bytes;
            buffer.clear();
            if (!sent.ok())
                break;
            m_heard = m_loop.now();
        }
        if (inARow >= kMostInARow) {
            inARow = 0;
            co_await m_loop.yield();
        }
        const engine::IoResult received = co_await from.receive(buffer, std::max(patience(), Milliseconds{0}));
        inARow += received.bytes;
        if (received.ok())
            continue;
        if (received.status == engine::IoStatus::closed) {
            // In order: what is on its way to this side still gets there.
            to.shutdownSend();
            m_heard = m_loop.now();
            m_silence = std::min(m_silence, kGoodbye);
            to.cancelReceive(); // which then waits for no longer than that
            co_return;
        }
        const bool isWoken = received.status == engine::IoStatus::cancelled && !from.isAborted();
        const bool isHeard = received.status == engine::IoStatus::timedOut && patience() > Milliseconds{0};
        if (!isWoken && !isHeard)
            break;
    }
    end();
}

void Tunnel::end()
{
    m_isBroken = true;
    m_client.cancel();
    m_upstream.socket.cancel();
}

} // namespace mainstay::http
