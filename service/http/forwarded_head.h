// SPDX-License-Identifier: GPL-3.0-or-later
// The heads a proxy sends: to the server, and back to the client.
#pragma once

#include "http/exchange.h"
#include "wire/http1_writer.h"
#include "wire/http_accept.h"

#include <cstddef>
#include <span>
#include <string_view>

namespace mainstay::http {

// Writes the head of the request for the server; returns its size, 0 when it does not fit, or has more fields than a
// server may be sent.
[[nodiscard]] std::size_t writeRequestHead(Exchange &exchange, const snapshot::Server &server, std::span<char> out);

// What the client asks for, path and query, as it was understood here: `name` is the field.
void writeAskedUri(wire::HeadWriter &head, std::string_view name, const Exchange &exchange);

// Whether the server is asked to change the protocol: a client of HTTP/1.1 wants it, and its request has no body.
[[nodiscard]] bool asksForUpgrade(const Exchange &exchange) noexcept;

// Writes exchange.upstreamHead, a 1xx, for the client; returns its size, 0 when it does not fit.
[[nodiscard]] std::size_t writeInterimHead(const Exchange &exchange, std::span<char> out);

// How the body of the answer travels to the client.
enum class Delivery : std::uint8_t {
    none,
    asIs, // by length
    chunked,
    untilClose, // to HTTP/1.0
};

struct ResponseHeadWritten {
    std::size_t size = 0; // 0 when it does not fit
    Delivery delivery = Delivery::none;
};

// Writes the head of exchange.upstreamHead for the client and settles whether the connection stays open. `coding`: that
// the content is put into on the way.
[[nodiscard]] ResponseHeadWritten writeResponseHead(Exchange &exchange, std::span<char> out,
                                                    wire::Coding coding = wire::Coding::identity);

} // namespace mainstay::http
