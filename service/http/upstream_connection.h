// SPDX-License-Identifier: GPL-3.0-or-later
// A connection to a server, whatever is spoken there.
#pragma once

#include "engine/buffer_pool.h"
#include "engine/stream.h"
#include "engine/tls_tickets.h"
#include "snapshot/backend.h"

#include <functional>
#include <memory>
#include <string_view>

namespace mainstay::http {

// Begins a connection to a server with an endpoint: see engine::Stream::connected(). `greeting`: see
// upstream_greeting.h.
[[nodiscard]] std::unique_ptr<engine::Stream> startConnecting(engine::Loop &loop, const snapshot::Server &server,
                                                              std::string_view greeting,
                                                              std::shared_ptr<engine::TlsTickets> tickets = nullptr);

// Worker thread. For one request at a time. What goes through the stream is HTTP/1.1, or FastCGI.
struct UpstreamConnection {
    UpstreamConnection(engine::BufferPool &buffers, std::unique_ptr<engine::Stream> begun)
        : owned(std::move(begun)), socket(*owned), in(buffers)
    {}
    UpstreamConnection(const UpstreamConnection &) = delete;
    UpstreamConnection &operator=(const UpstreamConnection &) = delete;
    ~UpstreamConnection() { letGo(); }

    // While it rests, it may be all that a process of the server waits for: see UpstreamPools::giveBack(). False when
    // another one is held like this, by whichever worker.
    [[nodiscard]] bool hold(const std::shared_ptr<shared_state::ServerCell> &cell)
    {
        if (cell->heldIdle.exchange(true, std::memory_order_relaxed))
            return false;
        heldAt = cell;
        return true;
    }
    void letGo() noexcept
    {
        if (heldAt)
            heldAt->heldIdle.store(false, std::memory_order_relaxed);
        heldAt = nullptr;
    }

    // Whether it is one of several on the same connection, and goes with its request.
    bool isShared = false;
    const std::unique_ptr<engine::Stream> owned;
    engine::Stream &socket;
    engine::Buffer in;
    SteadyTime idleSince;
    std::shared_ptr<shared_state::ServerCell> heldAt; // null unless it is held
};

// Takes why a request could not be passed on to a server that is there: what it shows is not trusted, or what it speaks
// is not understood. On the worker's thread, which it must not keep; the references are valid during the call.
using UpstreamFailureSink =
    std::function<void(const snapshot::Backend &backend, const snapshot::Server &server, std::string_view reason)>;

} // namespace mainstay::http
