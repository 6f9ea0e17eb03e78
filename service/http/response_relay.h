// SPDX-License-Identifier: GPL-3.0-or-later
// What passes from a server to the client, whatever the server speaks.
#pragma once

#include "engine/task.h"
#include "http/compressor.h"
#include "http/exchange.h"
#include "http/forwarded_head.h"
#include "http/upstream_pools.h"

#include <memory>
#include <string_view>

namespace mainstay::http {

// How the delivery of an answer ended.
enum class Delivered : std::uint8_t {
    whole,
    nothing,   // was sent: the head does not fit, or no body can be made out behind it
    serverCut, // the server ended early, or broke its protocol: the client's connection is cut
    clientGone,
};

// Worker thread. One answer, whose head is in exchange.upstreamHead. Holds 64 KiB for each direction at the most,
// however large the answer. Takes nothing from the server while the client does not take what there is, unless the
// exchange has a backlog.
class ResponseRelay {
public:
    ResponseRelay(Exchange &exchange, UpstreamConnection &upstream, Milliseconds timeout);

    // Writes the head, to be sent with what follows, and settles how the body travels. False when it does not fit.
    [[nodiscard]] bool begin();
    // Those that send are false when the client is gone.
    // Adds content to what goes out next, in its coding and with its framing. Sends when there is no room.
    engine::Task<bool> add(std::string_view content);
    // Sends content behind what waits.
    engine::Task<bool> send(std::string_view content);
    // Sends what waits.
    engine::Task<bool> flush();
    // Sends what waits and the end of the body, which then is behind the content even if that had a length.
    // `trailers`: lines that come behind the content, for clients that take them.
    engine::Task<bool> finish(std::string_view trailers = {});
    // Whether the content goes out as it comes in, so that with its length its end is reached.
    [[nodiscard]] bool isPlain() const noexcept { return !m_compressor; }
    // Waits for more from the server. Others get a turn now and then, however much there is.
    engine::Task<engine::IoStatus> receive();
    // Whether content may pass from the server to the client without anything here looking at it.
    [[nodiscard]] bool mayPass() const noexcept;
    // Has the next `count` bytes that come from the server pass through the pipe, when nothing waits to be sent.
    engine::Task<Delivered> pass(engine::Pipe &pipe, std::uint64_t count);
    // For an answer that the server did not bring to its end.
    Delivered cut();

private:
    engine::Task<bool> compress(std::string_view content, Compressor::Flush flush);
    engine::Task<bool> frame(std::string_view content);
    // Sends the pieces, those of m_out first, which is empty afterwards.
    engine::Task<bool> sendOut(engine::Pieces pieces);
    // What came from the server. True when others are to get a turn.
    [[nodiscard]] bool note(const engine::IoResult &received);

    Exchange &m_exchange;
    UpstreamConnection &m_upstream;
    engine::Stream &m_client;
    engine::Buffer m_out;
    Milliseconds m_timeout;
    Milliseconds m_clientTimeout;
    Delivery m_delivery = Delivery::none;
    std::unique_ptr<Compressor> m_compressor; // null where nothing is compressed
    bool m_isHeldBack = false;                // by the compressor, which has taken something
    bool m_headSent = false;
    engine::IoStatus m_received = engine::IoStatus::ok; // how the last wait for the server ended
    std::size_t m_inARow = 0;                           // bytes received since others had a turn
};

} // namespace mainstay::http
