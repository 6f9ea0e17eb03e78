// SPDX-License-Identifier: GPL-3.0-or-later
// One client's TCP connection (RFC 7766): queries one after the other, pipelined or not.
#pragma once

#include "dns/listener.h"
#include "engine/buffer_pool.h"
#include "engine/socket.h"
#include "engine/task.h"

#include <list>
#include <memory>

namespace mainstay::dns {

class Server;

// Worker thread. Owned by the server until serve() has ended.
class Connection {
public:
    Connection(Server &server, std::shared_ptr<Listener> listener, std::unique_ptr<engine::Socket> client);
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;

    // Answers queries until either side ends it.
    engine::Task<> serve();
    // Ends an idle connection now, and a busy one after the queries that have come.
    void drain();
    void abort();

    [[nodiscard]] const Listener &listener() const noexcept { return *m_listener; }

private:
    friend class Server;

    // What composing answers has come to.
    enum class Composed : std::uint8_t {
        all,    // of the whole queries there are
        part,   // the answers fill the buffer, or others wait for their turn
        broken, // what came is no query
    };

    Composed composeAnswers();
    // Receives some more. False when the connection has ended, or its time for a query.
    engine::Task<bool> receive();
    [[nodiscard]] Milliseconds patience() const noexcept;

    Server &m_server;
    std::shared_ptr<Listener> m_listener;
    std::unique_ptr<engine::Socket> m_client;
    engine::Buffer m_in;
    engine::Buffer m_out;
    std::list<std::unique_ptr<Connection>>::iterator m_place; // in the server's list
    SteadyTime m_deadline;                                    // for the query under way
    bool m_idle = false;                                      // waiting, with no part of a query received
    bool m_draining = false;
};

} // namespace mainstay::dns
