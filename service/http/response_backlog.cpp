// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/response_backlog.h"

#include "http/connection.h"
#include "http/fairness.h"
#include "http/listener.h"
#include "http/server.h"

#include <algorithm>

namespace mainstay::http {

bool buffersResponses(const Exchange &exchange)
{
    return config::isOn(exchange.route->config.responseBuffering, exchange.route->backend->buffers);
}

ResponseBacklog::ResponseBacklog(Exchange &exchange)
    : m_client(exchange.connection->client()), m_loop(exchange.connection->server().loop()),
      m_spool(exchange.connection->server().spool()), m_timeout(exchange.connection->listener().config().writeTimeout)
{}

engine::Task<bool> ResponseBacklog::send(engine::Pieces pieces)
{
    if (m_sending.running() == 0 && !m_isClientGone) {
        m_sending.start(carry(pieces));
        if (m_sending.running() > 0)
            keepUnsent();
        co_return !m_isClientGone;
    }
    for (const std::string_view part : pieces.parts) {
        if (part.empty())
            continue;
        const bool isStored = co_await store(part);
        if (isStored && m_sending.running() == 0 && !m_isClientGone)
            m_sending.start(carry({}));
        if (isStored)
            continue;
        co_await m_sending.empty();
        if (!m_isClientGone)
            co_await carry(engine::Pieces{{part}});
    }
    co_return !m_isClientGone;
}

engine::Task<bool> ResponseBacklog::drained()
{
    co_await m_sending.empty();
    co_return !m_isClientGone;
}

engine::Task<> ResponseBacklog::carry(engine::Pieces pieces)
{
    const engine::IoResult sent = co_await m_client.send(pieces, m_timeout);
    m_isClientGone = !sent.ok();
    m_unsent = {};
    while (!m_isClientGone && m_sent < m_size) {
        const bool carried = co_await carryStored();
        m_isClientGone = !carried;
    }
    if (!m_isStoring) {
        m_stored = {};
        m_size = m_sent = 0;
    }
}

engine::Task<bool> ResponseBacklog::carryStored()
{
    // Through memory: only a body by length can be sent off a file by every kind of stream.
    engine::Buffer block(m_loop.buffers());
    for (std::size_t inARow = 0; inARow < kMostInARow && m_sent < m_size;) {
        const engine::FileRange next{m_stored.file(), m_sent, m_size - m_sent};
        const std::size_t count = engine::readFile(next, block.room());
        block.append(count);
        if (count == 0)
            co_return false;
        const engine::IoResult sent = co_await m_client.send(block.view(), m_timeout);
        block.clear();
        if (!sent.ok())
            co_return false;
        m_sent += count;
        inARow += count;
    }
    co_await m_loop.yield();
    co_return true;
}

void ResponseBacklog::keepUnsent()
{
    engine::Pieces &left = m_client.unsent();
    m_unsent.reserve(left.size());
    for (std::string_view &part : left.parts) {
        const std::size_t begin = m_unsent.size();
        m_unsent += part;
        part = std::string_view(m_unsent).substr(begin);
    }
}

engine::Task<bool> ResponseBacklog::store(std::string_view bytes)
{
    if (!m_spool || m_isClientGone)
        co_return false;
    m_isStoring = true;
    const Spool::Status status = co_await m_spool->append(m_stored, bytes, m_loop, Spool::Share::half);
    m_isStoring = false;
    if (status == Spool::Status::done)
        m_size += bytes.size();
    co_return status == Spool::Status::done;
}

} // namespace mainstay::http
