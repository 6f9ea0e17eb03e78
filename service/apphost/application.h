// SPDX-License-Identifier: GPL-3.0-or-later
// The program: its routes, its database and what carries its requests.
#pragma once

#include "apphost/configuration.h"
#include "apphost/handler.h"
#include "apphost/log.h"
#include "apphost/plugin_handler.h"
#include "apphost/router.h"
#include "apphost/transport.h"
#include "databases/pool.h"

#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace mainstay::apphost {

// Main thread. Besides its handlers' paths it answers "/.mainstay/ready" with 200 as long as it listens, whatever its
// database does, "/.mainstay/database" with 200 when that can be reached now, and 503 with the reason when not, and
// "/.mainstay/status" with the counters of its connections (rpc::DatabasePool); none of them to requests that the proxy
// passes on.
class Application {
public:
    Application(HostConfiguration configuration, Log &log);
    // Ends the threads before what they reply to.
    ~Application();
    Application(const Application &) = delete;
    Application &operator=(const Application &) = delete;

    [[nodiscard]] Result<> start();
    [[nodiscard]] std::uint16_t port() const { return m_transport->port(); }
    // Finishes what is in flight.
    void drain(std::function<void()> done) { m_transport->drain(std::move(done)); }

private:
    [[nodiscard]] Result<> addHandlers();
    [[nodiscard]] std::optional<Response> admit(const Headers &headers) const;
    void handle(const Request &request, Transport::Reply reply);
    [[nodiscard]] std::optional<Response> ownAnswer(const Request &request) const;
    void answerForDatabase(Transport::Reply reply) const;

    const HostConfiguration m_configuration;
    Log &m_log;
    std::unique_ptr<Transport> m_transport;
    PluginThreads m_threads;
    std::unique_ptr<databases::Pool> m_pool;
    std::vector<std::unique_ptr<Handler>> m_handlers;
    Router m_router;
};

} // namespace mainstay::apphost
