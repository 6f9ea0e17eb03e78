// SPDX-License-Identifier: GPL-3.0-or-later
// One client's connection, or stream of HTTP/2, from its first byte to its last.
#pragma once

#include "base/endpoint.h"
#include "engine/sleeper.h"
#include "engine/stream.h"
#include "engine/task.h"
#include "http/client_ends.h"
#include "http/exchange.h"

#include <list>
#include <memory>
#include <string_view>

namespace mainstay::http {

class Http2Session;
class Listener;
class Server;

// What carries a connection's requests.
enum class Carrier : std::uint8_t {
    connection, // HTTP/1, or all of HTTP/2 if that is what the client speaks
    stream,     // one of HTTP/2, with a single request
};

// Worker thread. Owned by the server until serve() has ended.
class Connection {
public:
    Connection(Server &server, std::shared_ptr<Listener> listener, std::unique_ptr<engine::Stream> client,
               const ClientEnds &ends, Carrier carrier);
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;
    ~Connection();

    // Serves requests until either side ends it.
    engine::Task<> serve();
    // Ends an idle connection now and a busy one after the answer under way, which says `Connection: close`.
    void drain();
    // The same at leisure: an idle one of HTTP/1.1 may still send a request, until its idle timeout.
    void retire();
    // Ends it now, whatever it does.
    void abort();
    // The end of leisure: an idle one in order, a busy one whatever it does.
    void cutShort();
    [[nodiscard]] bool isAborted() const noexcept { return m_client->isAborted(); }

    // What abort() is to end besides the client; null for nothing.
    void setUpstream(engine::Stream *upstream) noexcept;

    // A request that nothing could be made of is counted and logged. `line`: its first, as far as it is known.
    void noteRefused(std::string_view line, unsigned status, SteadyTime begun);

    // A wait that abort() is to end; null for none.
    void setPause(engine::Sleeper *pause) noexcept { m_pause = pause; }

    [[nodiscard]] Server &server() const noexcept { return m_server; }
    [[nodiscard]] Listener &listener() const noexcept { return *m_listener; }
    [[nodiscard]] engine::Stream &client() const noexcept { return *m_client; }
    // What has come from the client and has not been looked at.
    [[nodiscard]] engine::Buffer &received() noexcept { return m_in; }
    // Who is connected, or whom a proxy speaks for from the first byte on.
    [[nodiscard]] const ClientEnds &ends() const noexcept { return m_ends; }
    [[nodiscard]] const IpAddress &peer() const noexcept { return m_ends.client.address; }
    // What the client has connected to. A system call the first time, unless a proxy has said so.
    [[nodiscard]] const Endpoint &service() noexcept;
    [[nodiscard]] bool isDraining() const noexcept { return m_draining; }
    [[nodiscard]] Carrier carrier() const noexcept { return m_carrier; }

private:
    friend class Server;

    // As one of its client's connections, while it lasts.
    void count(shared_state::ClientCounts::Hold place) noexcept { m_counted = std::move(place); }

    enum class Protocol : std::uint8_t { unknown, http1, http2 };
    enum class HeadStatus : std::uint8_t { complete, refused, gone };

    [[nodiscard]] Milliseconds timeUntil(SteadyTime deadline) const noexcept;
    // By what was agreed upon over TLS, or else by what comes first. Unknown when nothing comes.
    engine::Task<Protocol> findProtocol();
    engine::Task<> serveHttp1();
    engine::Task<> serveHttp2();
    // False when the connection is to end.
    engine::Task<bool> serveRequest();
    // Receives until the head, `parsed` as far as it has come, is whole; answers what cannot become one.
    engine::Task<HeadStatus> readHead(Exchange &exchange, wire::ParseStatus parsed);
    engine::Task<> answer(Exchange &exchange);
    // What the route does, once all that guards it has been passed.
    engine::Task<> actIfAdmitted(Exchange &exchange);
    engine::Task<> act(Exchange &exchange);
    // With 400, and ends the connection.
    engine::Task<> refuse(Exchange &exchange);
    // Gives the client a moment to read an answer before the close, which would destroy it if bytes it sent remain
    // unread (RFC 9112 section 9.6).
    engine::Task<> linger();
    // Waits until the client has the whole answer.
    engine::Task<> settle();
    // `received`: what there is of one that has no whole head.
    void finish(Exchange &exchange, std::string_view received);

    Server &m_server;
    std::shared_ptr<Listener> m_listener;
    std::unique_ptr<engine::Stream> m_client;
    engine::Stream *m_upstream = nullptr; // while a request is being forwarded
    engine::Sleeper *m_pause = nullptr;   // while it waits for something else
    engine::Buffer m_in;
    std::list<std::unique_ptr<Connection>>::iterator m_place; // in the server's list
    ClientEnds m_ends;
    Http2Session *m_session = nullptr; // while HTTP/2 is spoken
    shared_state::ClientCounts::Hold m_counted;
    const Carrier m_carrier;
    bool m_idle = false;
    bool m_draining = false;
    bool m_lingers = false;
    std::uint8_t m_servedInARow = 0; // without having waited
};

} // namespace mainstay::http
