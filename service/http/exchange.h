// SPDX-License-Identifier: GPL-3.0-or-later
// One request and its answer.
#pragma once

#include "base/clock.h"
#include "base/endpoint.h"
#include "http/admission.h"
#include "http/mirror_copy.h"
#include "http/request_body.h"
#include "http/upstream_fault.h"
#include "snapshot/reader.h"
#include "wire/http1_request.h"
#include "wire/http1_response.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mainstay::http {

class CacheCall;
class Connection;
class ResponseBacklog;

// Worker thread. Exists while a request is being read and answered, and is then used for another: about 2.5 KiB that
// an idle connection does not hold.
struct Exchange {
    Connection *connection = nullptr;
    // What `head` points into. A copy, so that the block it came in is free, and warm, for the next connection while
    // this one waits for an answer. Empty while the head is not whole; the capacity is kept.
    std::string headBytes;
    RequestBody body;
    std::string path;        // decoded and normalised; the capacity is kept
    std::string askedPath;   // what `path` was, where the route puts another one in its place
    std::string rewritten;   // path and query to ask a server for, where the route puts others in their place
    std::size_t queryAt = 0; // in `rewritten`: where the path ends
    snapshot::Pin<snapshot::Site> site;
    const snapshot::Route *route = nullptr; // belongs to the site
    SteadyTime begun;
    IpAddress client;                     // who asks: the peer, unless a trusted proxy speaks for another
    bool isSecure = false;                // whether the client speaks TLS, with the proxy if there is one
    bool fromProxy = false;               // whether the peer is a trusted proxy
    std::unique_ptr<Admission> admission; // null for most requests
    // What follows are times of turns; unset where it did not come to that.
    SteadyTime askedAt;                        // the server that was tried last
    SteadyTime connectedAt;                    // to it, when a new connection was made
    SteadyTime answeredAt;                     // by it: its head was there
    const snapshot::Server *server = nullptr;  // which belongs to the route
    ResponseBacklog *backlog = nullptr;        // while it is forwarded; null where the server waits for the client
    UpstreamFault fault = UpstreamFault::none; // of that one
    std::unique_ptr<MirrorCopy> mirror;        // while its body is passed on; null for most requests

    CacheCall *caching = nullptr;  // while it is on its way to a server, where the route has a cache
    std::string cacheKey;          // there; the capacity is kept
    std::string_view cacheOutcome; // for the log; empty without a cache

    unsigned status = 0; // of the answer, once its head is on its way; 0 before
    std::uint64_t bytesOut = 0;
    bool keepAlive = false; // whether the connection may serve another request after this one, once that is settled
    bool mustClose = false; // settles it beforehand

    wire::RequestHead head;
    wire::ResponseHead upstreamHead;

    [[nodiscard]] bool answered() const noexcept { return status != 0; }
    // What a server or script is to see, without "?".
    [[nodiscard]] std::string_view query() const noexcept
    {
        if (rewritten.empty())
            return head.query();
        return std::string_view(rewritten).substr(std::min(queryAt + 1, rewritten.size()));
    }
    // Made when first asked for.
    [[nodiscard]] Admission &admitting();

    // The client is the connection's peer.
    void begin(Connection &by);
    // Makes it ready for the next request.
    void reset();
    // Brings what every request uses into the cache.
    void prefetch() const noexcept;
};

// Worker thread. Exchanges that are not in use.
class ExchangePool {
public:
    struct GiveBack {
        ExchangePool *pool = nullptr;
        void operator()(Exchange *exchange) const noexcept { pool->giveBack(exchange); }
    };
    using Lease = std::unique_ptr<Exchange, GiveBack>;

    [[nodiscard]] Lease take();

private:
    void giveBack(Exchange *exchange) noexcept;

    static constexpr std::size_t kKept = 1024;

    std::vector<std::unique_ptr<Exchange>> m_free;
};

} // namespace mainstay::http
