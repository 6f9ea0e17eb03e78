// SPDX-License-Identifier: GPL-3.0-or-later
// One request and its answer on one connection to a server.
#pragma once

#include "engine/task.h"
#include "engine/task_scope.h"
#include "http/exchange.h"
#include "http/outcome.h"
#include "http/upload.h"
#include "http/upstream_pools.h"

#include <optional>

namespace mainstay::http {

class ScriptCall;
class Server;

// Worker thread. Streams both ways at once. Lives as long as its request, over all connections that are tried.
class UpstreamTalk {
public:
    // In FastCGI when there is a script, which outlives this, else in HTTP.
    UpstreamTalk(Exchange &exchange, ScriptCall *script);
    UpstreamTalk(const UpstreamTalk &) = delete;
    UpstreamTalk &operator=(const UpstreamTalk &) = delete;

    // `reusable`: whether the connection can serve another request.
    engine::Task<Outcome> run(const snapshot::Server &server, UpstreamConnection &upstream, bool &reusable);
    // So long, or as long as all tries together may still take.
    [[nodiscard]] Milliseconds patience(Milliseconds longest) const;
    // Whether they may take no longer.
    [[nodiscard]] bool isTimeOver() const;
    // Whether the client has been told of the answer to come.
    [[nodiscard]] bool interimSent() const noexcept { return m_interimSent; }

private:
    engine::Task<Outcome> receiveHead(UpstreamConnection &upstream);
    // Has the client send its body, and passes it on. False when the client is gone.
    engine::Task<bool> beginUpload(UpstreamConnection &upstream);
    // Whether the server has sent nothing of the body that its head tells of.
    [[nodiscard]] bool awaitsBody(const UpstreamConnection &upstream) const;
    // Until then the client is not told of the answer: should the server die here, another one can be asked.
    engine::Task<Outcome> receiveBodyBegin(UpstreamConnection &upstream);
    // What it means that a wait for the server brought nothing; nothing when it is to be waited on.
    [[nodiscard]] std::optional<Outcome> outcomeOf(const UpstreamConnection &upstream,
                                                   const engine::IoResult &received);
    // What came of a connection that brought no answer.
    [[nodiscard]] Outcome withoutAnswer(const UpstreamConnection &upstream, UpstreamFault fault);
    // As far as it has come. Complete: it is exchange.upstreamHead.
    [[nodiscard]] wire::ParseStatus parseHead(UpstreamConnection &upstream);
    // After an answer that was delivered whole.
    [[nodiscard]] bool isFree(const UpstreamConnection &upstream) const;
    // Passes on what tells of the answer to come (RFC 9110 section 15.2). False when the client is gone.
    engine::Task<bool> sendInterim();
    [[nodiscard]] bool hasClientLeft() noexcept;
    // What the client's body means for the request; nothing while it is as it should be.
    [[nodiscard]] std::optional<Outcome> bodyOutcome() const;
    // Beside the reading of the answer, which it cuts short when that is not wanted any more.
    engine::Task<> upload(UpstreamConnection &upstream);

    Exchange &m_exchange;
    Connection &m_connection;
    Server &m_server;
    ScriptCall *const m_script;
    const Milliseconds m_timeout;         // for a response to begin, and between two parts of it
    const SteadyTime m_deadline;          // for a response to begin, whoever it is from
    std::optional<Uploading> m_uploading; // of a body that is not whole
    engine::TaskScope m_upload;
    Uploaded m_uploaded = Uploaded::cut; // how that ended
    bool m_headHasCome = false;          // of the answer, on this connection
    bool m_interimSent = false;
    bool m_clientListens = false; // though it has ended its side
};

} // namespace mainstay::http
