// SPDX-License-Identifier: GPL-3.0-or-later
// A request to a script over FastCGI, and its answer.
#pragma once

#include "http/response_relay.h"
#include "http/script_errors.h"
#include "http/script_path.h"
#include "wire/cgi_head.h"
#include "wire/fastcgi.h"

#include <cstddef>
#include <optional>
#include <span>

namespace mainstay::http {

// Worker thread. What UpstreamTalk needs of the protocol. Holds three blocks of 64 KiB at the most, while it reads the
// head.
class ScriptCall {
public:
    ScriptCall(Exchange &exchange, ScriptPath script);

    // Forgets the answer of the server that was tried before. `server` outlives the attempt.
    void begin(const snapshot::Server &server);
    // Writes what goes before the body, up to the header of its record when it is whole; returns its size, 0 when it
    // does not fit.
    [[nodiscard]] std::size_t writeRequest(std::span<char> out) const;
    // Takes from `in` until exchange.upstreamHead is complete. That head is never an interim one.
    [[nodiscard]] wire::ParseStatus readHead(engine::Buffer &in);
    // Brings the answer, whose head is complete, to the client.
    engine::Task<Delivered> deliver(UpstreamConnection &upstream, Milliseconds timeout);

    // Whether the application has ended the request: only then the connection is free for another.
    [[nodiscard]] bool ended() const noexcept { return m_ended; }
    // Whether it did so for want of resources, without having begun.
    [[nodiscard]] bool overloaded() const noexcept
    {
        return m_ended && m_decoder.ending() == wire::FastcgiDecoder::Ending::overloaded;
    }

private:
    // One step: takes bytes off the buffer, errors to where they go, and returns output. Nothing when it is malformed.
    [[nodiscard]] std::optional<std::string_view> decode(std::string_view bytes, std::size_t &consumed);
    [[nodiscard]] wire::ParseStatus parseHead();
    // Passes on output as far as the client is to have it. False when it is gone.
    engine::Task<bool> pass(ResponseRelay &relay, std::string_view output);

    Exchange &m_exchange;
    const ScriptPath m_script;
    const snapshot::Server *m_server = nullptr;
    ScriptErrors m_errors;
    wire::FastcgiDecoder m_decoder;
    wire::CgiHead m_cgiHead;
    engine::Buffer m_output;  // with the head, until it is complete, and what came with it
    engine::Buffer m_head;    // the same as HTTP: what exchange.upstreamHead points into
    std::uint64_t m_left = 0; // of the body, as far as the head tells
    std::size_t m_dropped = 0;
    bool m_ended = false;
};

} // namespace mainstay::http
