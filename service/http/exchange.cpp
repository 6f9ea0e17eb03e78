// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/exchange.h"

#include "engine/prefetch.h"
#include "http/connection.h"
#include "http/server.h"

namespace mainstay::http {

namespace {

// Larger heads are rare, and a thousand exchanges must not each keep room for one.
constexpr std::size_t kUsualHead = 4096;

} // namespace

Admission &Exchange::admitting()
{
    if (!admission)
        admission = std::make_unique<Admission>();
    return *admission;
}

void Exchange::begin(Connection &by)
{
    connection = &by;
    begun = by.server().loop().now();
    client = by.peer();
    isSecure = by.client().isEncrypted();
    fromProxy = false;
}

void Exchange::reset()
{
    headBytes.clear();
    if (headBytes.capacity() > kUsualHead)
        headBytes = {};
    head.reset();
    body = RequestBody();
    path.clear();
    rewritten.clear();
    site.reset();
    route = nullptr;
    admission.reset();
    server = nullptr;
    backlog = nullptr;
    caching = nullptr;
    cacheOutcome = {};
    fault = UpstreamFault::none;
    mirror.reset();
    askedAt = connectedAt = answeredAt = {};
    status = 0;
    bytesOut = 0;
    keepAlive = false;
    mustClose = false;
}

void Exchange::prefetch() const noexcept
{
    constexpr std::size_t kUsed = 256; // of a head, which has room for far more fields than usual
    engine::prefetch(this, sizeof *this - sizeof head - sizeof upstreamHead + kUsed);
    engine::prefetch(&upstreamHead, kUsed);
}

ExchangePool::Lease ExchangePool::take()
{
    if (m_free.empty())
        return Lease(new Exchange, {this});
    Exchange *exchange = m_free.back().release();
    m_free.pop_back();
    if (!m_free.empty())
        m_free.back()->prefetch();
    return Lease(exchange, {this});
}

void ExchangePool::giveBack(Exchange *exchange) noexcept
{
    std::unique_ptr<Exchange> owned(exchange);
    owned->reset();
    if (m_free.size() < kKept)
        m_free.push_back(std::move(owned));
}

} // namespace mainstay::http
