// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/delivery.h"

#include "http/connection.h"
#include "http/server.h"

#include <algorithm>

namespace mainstay::http {

namespace {

// Of content that is left: below this, copying it costs less than two system calls for each part.
constexpr std::uint64_t kWorthPassing = std::uint64_t{128} * 1024;

} // namespace

engine::Task<Delivered> Delivering::run()
{
    if (!m_relay.begin())
        co_return Delivered::nothing;
    m_upstream.in.consume(m_exchange.upstreamHead.length());
    switch (m_exchange.upstreamHead.body().kind) {
    case wire::BodyFraming::Kind::none: {
        const bool sent = co_await m_relay.flush();
        co_return sent ? Delivered::whole : Delivered::clientGone;
    }
    case wire::BodyFraming::Kind::length:
        co_return co_await deliverLength();
    case wire::BodyFraming::Kind::chunked:
        co_return co_await deliverChunked();
    case wire::BodyFraming::Kind::untilClose:
        co_return co_await deliverUntilClose();
    }
    co_return Delivered::nothing;
}

engine::Task<Delivered> Delivering::deliverLength()
{
    engine::Buffer &in = m_upstream.in;
    std::uint64_t remaining = m_exchange.upstreamHead.body().length;
    for (;;) {
        const std::size_t count = std::min<std::uint64_t>(remaining, in.size());
        const bool sent = co_await m_relay.send(in.view().substr(0, count));
        if (!sent)
            co_return Delivered::clientGone;
        remaining -= count;
        in.consume(count);
        if (!m_relay.isPlain()) {
            bool passed = false; // a choice of two tasks within co_await is more than GCC 12 can do
            if (remaining == 0)
                passed = co_await m_relay.finish();
            else
                passed = co_await m_relay.flush();
            if (!passed)
                co_return Delivered::clientGone;
        }
        if (remaining == 0)
            co_return Delivered::whole;
        if (remaining >= kWorthPassing && m_relay.mayPass()) {
            if (const auto pipe = m_exchange.connection->server().loop().pipes().take())
                co_return co_await m_relay.pass(*pipe, remaining);
        }
        const engine::IoStatus received = co_await m_relay.receive();
        if (received != engine::IoStatus::ok)
            co_return received == engine::IoStatus::cancelled ? Delivered::clientGone : m_relay.cut();
    }
}

engine::Task<Delivered> Delivering::deliverChunked()
{
    engine::Buffer &in = m_upstream.in;
    for (;;) {
        while (!in.isEmpty()) {
            const wire::ChunkedDecoder::Step step = m_decoder.feed(in.view());
            if (step.status == wire::ParseStatus::malformed || step.status == wire::ParseStatus::tooLarge)
                co_return m_relay.cut();
            if (!step.data.empty()) {
                const bool sent = co_await m_relay.add(step.data);
                if (!sent)
                    co_return Delivered::clientGone;
            }
            in.consume(step.consumed);
            if (step.status == wire::ParseStatus::complete) {
                const bool sent = co_await m_relay.finish(m_decoder.trailers());
                co_return sent ? Delivered::whole : Delivered::clientGone;
            }
        }
        const bool sent = co_await m_relay.flush();
        if (!sent)
            co_return Delivered::clientGone;
        const engine::IoStatus received = co_await m_relay.receive();
        if (received != engine::IoStatus::ok)
            co_return received == engine::IoStatus::cancelled ? Delivered::clientGone : m_relay.cut();
    }
}

engine::Task<Delivered> Delivering::deliverUntilClose()
{
    engine::Buffer &in = m_upstream.in;
    for (;;) {
        if (!in.isEmpty()) {
            const bool added = co_await m_relay.add(in.view());
            if (!added)
                co_return Delivered::clientGone;
            in.clear();
        }
        const bool sent = co_await m_relay.flush();
        if (!sent)
            co_return Delivered::clientGone;
        const engine::IoStatus received = co_await m_relay.receive();
        if (received == engine::IoStatus::closed) {
            const bool ended = co_await m_relay.finish();
            co_return ended ? Delivered::whole : Delivered::clientGone;
        }
        if (received != engine::IoStatus::ok)
            co_return received == engine::IoStatus::cancelled ? Delivered::clientGone : m_relay.cut();
    }
}

} // namespace mainstay::http
