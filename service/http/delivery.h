// SPDX-License-Identifier: GPL-3.0-or-later
// Brings a server's answer to the client.
#pragma once

#include "engine/task.h"
#include "http/exchange.h"
#include "http/forwarded_head.h"
#include "http/upstream_pools.h"
#include "wire/chunked_decoder.h"

#include <string_view>

namespace mainstay::http {

enum class Delivered : std::uint8_t {
    whole,
    nothing,   // was sent: the head does not fit, or no body can be made out behind it
    serverCut, // the server ended early, or sent what is no HTTP: the client's connection is cut
    clientGone,
};

// Worker thread. One answer, whose head is in exchange.upstreamHead and at the front of upstream.in. Holds 64 KiB for
// each direction at the most, however large the answer.
class Delivering {
public:
    Delivering(Exchange &exchange, UpstreamConnection &upstream, Milliseconds timeout);

    engine::Task<Delivered> run();

private:
    engine::Task<Delivered> deliverLength();
    engine::Task<Delivered> deliverChunked();
    engine::Task<Delivered> deliverUntilClose();

    // Adds content to what goes out next, with its framing. Sends when there is no room.
    engine::Task<bool> add(std::string_view content);
    engine::Task<bool> flush(std::string_view behind = {});
    engine::Task<engine::IoStatus> receive();
    Delivered cut();

    Exchange &m_exchange;
    UpstreamConnection &m_upstream;
    engine::Socket &m_client;
    engine::Buffer m_out;
    wire::ChunkedDecoder m_decoder;
    Milliseconds m_timeout;
    Milliseconds m_clientTimeout;
    Delivery m_delivery = Delivery::none;
    bool m_headSent = false;
    std::size_t m_inARow = 0; // bytes received since others had a turn
};

} // namespace mainstay::http
