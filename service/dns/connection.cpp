// SPDX-License-Identifier: GPL-3.0-or-later
#include "dns/connection.h"

#include "dns/server.h"
#include "wire/dns_message.h"

#include <algorithm>
#include <span>
#include <string_view>

namespace mainstay::dns {

namespace {

constexpr std::size_t kLengthSize = 2;
// Far beyond any question with its options. Who sends more is no resolver.
constexpr std::size_t kLargestQuery = 16 * 1024;
// Answered in a row before others get a turn.
constexpr unsigned kAnsweredInARow = Listener::kBatch;
constexpr Milliseconds kWriteTimeout{10000};

std::size_t lengthAt(const char *bytes) noexcept
{
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[0])) << 8 | static_cast<unsigned char>(bytes[1]);
}

} // namespace

Connection::Connection(Server &server, std::shared_ptr<Listener> listener, std::unique_ptr<engine::Socket> client)
    : m_server(server), m_listener(std::move(listener)), m_client(std::move(client)), m_in(server.loop().buffers()),
      m_out(server.loop().buffers())
{}

void Connection::drain()
{
    m_draining = true;
    // What has come already is a query to answer, even if this loop has not looked yet.
    if (m_idle && !m_client->hasUnread())
        m_client->cancelReceive();
}

void Connection::abort()
{
    m_draining = true;
    m_client->resetOnClose();
    m_client->abort();
}

engine::Task<> Connection::serve()
{
    for (;;) {
        const Composed composed = composeAnswers();
        m_listener->batchEnded(m_server.loop().now());
        if (!m_out.isEmpty()) {
            const engine::IoResult sent = co_await m_client->send(m_out.view(), kWriteTimeout);
            m_out.clear();
            if (!sent.ok())
                break;
        }
        if (composed == Composed::broken || (m_draining && m_in.isEmpty()))
            break;
        if (composed == Composed::part) {
            co_await m_server.loop().yield();
            continue;
        }
        const bool received = co_await receive();
        if (!received)
            break;
    }
    m_server.finished(*this); // *this is gone
}

Connection::Composed Connection::composeAnswers()
{
    for (unsigned answered = 0;; ++answered) {
        if (m_in.size() < kLengthSize)
            return Composed::all;
        const std::size_t size = lengthAt(m_in.data());
        if (size < wire::kHeaderSize || size > kLargestQuery)
            return Composed::broken;
        if (m_in.size() < kLengthSize + size)
            return Composed::all;
        if (answered == kAnsweredInARow)
            return Composed::part;

        const auto *query = reinterpret_cast<const std::uint8_t *>(m_in.data()) + kLengthSize;
        const std::span<std::uint8_t> answer = m_server.scratch();
        const Outcome outcome = m_listener->answer({query, size}, true, answer);
        if (outcome.size > 0) {
            if (m_out.room().size() < kLengthSize + outcome.size)
                return Composed::part;
            const char length[] = {static_cast<char>(outcome.size >> 8), static_cast<char>(outcome.size)};
            m_out.append(std::string_view(length, kLengthSize));
            m_out.append(std::string_view(reinterpret_cast<const char *>(answer.data()), outcome.size));
        }
        m_listener->count(outcome, true);
        m_in.consume(kLengthSize + size);
        m_deadline = m_server.loop().now() + patience();
    }
}

engine::Task<bool> Connection::receive()
{
    m_in.compact();
    m_idle = m_in.isEmpty();
    // A query that has begun is to come whole within its time, however its bytes are spread.
    const auto left = std::chrono::ceil<Milliseconds>(m_deadline - m_server.loop().now());
    const engine::IoResult received =
        co_await m_client->receive(m_in, m_idle ? patience() : std::max(left, Milliseconds(1)));
    if (m_idle)
        m_deadline = m_server.loop().now() + patience();
    m_idle = false;
    co_return received.ok() && m_server.loop().now() < m_deadline;
}

Milliseconds Connection::patience() const noexcept
{
    return m_listener->current().config.tcpIdleTimeout;
}

} // namespace mainstay::dns
