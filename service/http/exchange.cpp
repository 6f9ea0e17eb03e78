// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/exchange.h"

namespace mainstay::http {

void Exchange::reset()
{
    headBytes.clear();
    head.reset();
    body = RequestBody();
    path.clear();
    site.reset();
    route = nullptr;
    status = 0;
    bytesOut = 0;
    keepAlive = false;
}

ExchangePool::Lease ExchangePool::take()
{
    if (m_free.empty())
        return Lease(new Exchange(m_buffers), {this});
    Exchange *exchange = m_free.back().release();
    m_free.pop_back();
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
