// SPDX-License-Identifier: GPL-3.0-or-later
// Brings a request's body to the server: as it comes, or from where it is stored.
#pragma once

#include "engine/buffer_pool.h"
#include "engine/task.h"
#include "http/exchange.h"
#include "http/upstream_pools.h"

#include <string_view>

namespace mainstay::http {

// What stands around each piece of the body.
enum class UploadFraming : std::uint8_t {
    none,    // of a body by length
    chunks,  // RFC 9112 section 7.1
    records, // of FastCGI
};

enum class Uploaded : std::uint8_t {
    whole,
    bodyFailed, // the body's status tells why
    cut,        // the server took no more, and its answer may tell why; or stop() was called
};

// Worker thread. Holds 64 KiB of small pieces at the most, besides what the client's connection holds.
class Uploading {
public:
    // `timeout`: for the server to take what it is sent.
    Uploading(Exchange &exchange, UpstreamConnection &upstream, Milliseconds timeout, UploadFraming framing);

    engine::Task<Uploaded> run();
    // Has run() end at its next turn. What it waits for is the caller's to cancel.
    void stop() noexcept { m_stopped = true; }

private:
    engine::Task<Uploaded> runStored();
    // Each false when the server takes no more.
    engine::Task<bool> pass(std::string_view content);
    engine::Task<bool> flush();

    Exchange &m_exchange;
    UpstreamConnection &m_upstream;
    engine::Buffer m_gathered; // small pieces with their framing, which leave together
    Milliseconds m_timeout;
    const UploadFraming m_framing;
    bool m_stopped = false;
};

} // namespace mainstay::http
