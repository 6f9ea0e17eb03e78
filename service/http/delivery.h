// SPDX-License-Identifier: GPL-3.0-or-later
// Brings the answer of a server that speaks HTTP to the client.
#pragma once

#include "http/response_relay.h"
#include "wire/chunked_decoder.h"

namespace mainstay::http {

// Worker thread. One answer, whose head is in exchange.upstreamHead and at the front of upstream.in.
class Delivering {
public:
    Delivering(Exchange &exchange, UpstreamConnection &upstream, Milliseconds timeout)
        : m_exchange(exchange), m_upstream(upstream), m_relay(exchange, upstream, timeout)
    {}

    engine::Task<Delivered> run();

private:
    engine::Task<Delivered> deliverLength();
    engine::Task<Delivered> deliverChunked();
    engine::Task<Delivered> deliverUntilClose();

    Exchange &m_exchange;
    UpstreamConnection &m_upstream;
    ResponseRelay m_relay;
    wire::ChunkedDecoder m_decoder;
};

} // namespace mainstay::http
