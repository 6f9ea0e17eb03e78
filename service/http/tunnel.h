// SPDX-License-Identifier: GPL-3.0-or-later
// A client and a server that have changed to another protocol (RFC 9110 section 7.8), as to WebSocket.
#pragma once

#include "engine/task.h"
#include "engine/task_scope.h"
#include "http/exchange.h"
#include "http/upstream_pools.h"

namespace mainstay::http {

// Worker thread. Carries bytes both ways, whatever they are, 64 KiB each at the most. Either side may end its own in
// order; then the other one has a moment for its own end.
class Tunnel {
public:
    // `silence`: how long nothing may come from either side.
    Tunnel(Exchange &exchange, UpstreamConnection &upstream, Milliseconds silence);

    // Passes on exchange.upstreamHead, which is a 101, and then what follows, until both sides have ended.
    engine::Task<> run();

private:
    engine::Task<> carry(engine::Stream &from, engine::Stream &to, engine::Buffer &buffer, std::uint64_t &count);
    // Time left until the silence is too long.
    [[nodiscard]] Milliseconds patience() const;
    void end();

    Exchange &m_exchange;
    UpstreamConnection &m_upstream;
    engine::Stream &m_client;
    engine::Loop &m_loop;
    engine::TaskScope m_tasks;
    Milliseconds m_silence;
    SteadyTime m_heard;
    bool m_isBroken = false;
    std::uint64_t m_sent = 0; // by the client
};

} // namespace mainstay::http
