// SPDX-License-Identifier: GPL-3.0-or-later
// All HTTP of one worker.
#pragma once

#include "engine/task_scope.h"
#include "engine/worker.h"
#include "http/connection.h"
#include "http/exchange.h"
#include "http/file_cache.h"
#include "http/listener.h"
#include "http/mirrors.h"
#include "http/password_checks.h"
#include "http/proxy_greetings.h"
#include "http/script_errors.h"
#include "http/spool.h"
#include "http/upstream_pools.h"
#include "logs/access_log.h"
#include "snapshot/reader.h"

#include <array>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mainstay::http {

// Worker thread. Lives from the worker's start to its end; empty before it goes: see drain().
class Server : private engine::Timer {
public:
    // `release` takes what is to be freed elsewhere, as the reader's does.
    Server(engine::Loop &loop, snapshot::Reader &reader, snapshot::Reader::Release release);
    Server(const Server &) = delete;
    Server &operator=(const Server &) = delete;
    ~Server() override;

    // Takes over the listeners of the reader's snapshot; those that are gone from it accept no more, and their
    // connections have the snapshot's drain timeout to end.
    void adopt();
    // `listening`: this worker's socket of the group bound to the address. The snapshot must have the listener.
    void listen(const std::string &listener, const std::string &address, engine::NativeSocket listening);
    // Accepts what has queued there and stops.
    void stopListening(const std::string &listener, const std::string &address);
    // Stops listening and ends connections as they become idle; `done` is called when the last is gone, which abort()
    // hastens.
    void drain(std::function<void()> done);
    void abort();

    // Where the lines go that scripts write to their error stream; nowhere unless called. Before the first request.
    void setScriptErrors(ScriptErrorSink sink) { m_scriptErrors = std::move(sink); }

    // Where it goes why requests could not be passed on; nowhere unless called. Before the first request.
    void setUpstreamFailures(UpstreamFailureSink sink) { m_upstreamFailures = std::move(sink); }
    // Of a request that came to nothing there; says nothing where there is nothing more to say.
    void reportFailure(const snapshot::Backend &backend, const snapshot::Server &server,
                       const engine::Stream &upstream);

    // Where long work is done; on the spot unless called. Before the first request.
    void setPool(PasswordChecks::Pool pool)
    {
        m_pool = pool;
        m_passwords.setPool(std::move(pool));
    }
    [[nodiscard]] const PasswordChecks::Pool &pool() const noexcept { return m_pool; }
    // Where bodies are stored that do not fit into memory, which outlives this; nowhere unless called. Before the first
    // request.
    void setSpool(Spool *spool) { m_spool = spool; }

    [[nodiscard]] engine::Loop &loop() noexcept { return m_loop; }
    [[nodiscard]] engine::BufferPool &buffers() noexcept { return m_loop.buffers(); }
    [[nodiscard]] snapshot::Reader &reader() noexcept { return m_reader; }
    [[nodiscard]] std::uint32_t workerIndex() const noexcept { return m_reader.worker(); }
    [[nodiscard]] ExchangePool &exchanges() noexcept { return m_exchanges; }
    [[nodiscard]] UpstreamPools &upstreams() noexcept { return m_upstreams; }
    [[nodiscard]] FileCache &files() noexcept { return m_files; }
    [[nodiscard]] PasswordChecks &passwords() noexcept { return m_passwords; }
    [[nodiscard]] Mirrors &mirrors() noexcept { return m_mirrors; }
    // This worker's way into a log of requests.
    [[nodiscard]] logs::AccessLane &laneOf(const logs::RequestLog &log);
    [[nodiscard]] engine::TaskScope &tasks() noexcept { return m_tasks; }
    [[nodiscard]] const ScriptErrorSink &scriptErrors() const noexcept { return m_scriptErrors; }
    [[nodiscard]] Spool *spool() const noexcept { return m_spool; }

    // Takes in a connection that no client has made, for a request of the service's own. It is not served: whoever asks
    // for it tells when it has finished, as the last thing that is done with it. Its ends are the host's.
    [[nodiscard]] Connection &adoptOwn(Connection &host, std::unique_ptr<engine::Stream> client);
    // Called as the last thing a connection does; destroys it.
    void finished(Connection &connection);

    // "Date: Sun, 06 Nov 1994 08:49:37 GMT", put together once a second.
    [[nodiscard]] std::string_view dateField();
    // Seconds since 1970.
    [[nodiscard]] static std::int64_t wallSeconds();
    // Milliseconds since 1970 at a time of this worker, without asking the system: its clock is looked at each second.
    [[nodiscard]] std::int64_t wallMillis(SteadyTime time) const noexcept
    {
        return m_wall + std::chrono::duration_cast<Milliseconds>(time - m_wallAt).count();
    }

private:
    friend class Connection;
    friend class Http2Session;

    // A listener that is gone, and how long its connections may take.
    struct Retired {
        std::shared_ptr<Listener> listener;
        SteadyTime deadline;
    };

    void accept(const std::shared_ptr<Listener> &listener, engine::NativeSocket socket, const Endpoint &peer);
    // Goes on with what was accepted once it is known who the client is; the socket may not be open.
    void admit(const std::shared_ptr<Listener> &listener, engine::NativeSocket socket, const ClientEnds &ends);
    // Begins to serve a stream of the host's client.
    void serveStream(const Connection &host, std::unique_ptr<engine::Stream> stream);
    Connection &add(std::unique_ptr<Connection> connection);
    void start(std::unique_ptr<Connection> connection);
    void onDue() override;
    void lookAtClock();
    // Hands over what is in the lanes, and frees those of logs that are gone, which may wait for a disk, elsewhere.
    void flushLanes();
    void cutShortRetired();
    // Once it is drained and nothing is left.
    void endIfDrained();
    void reportDrained();
    engine::Task<> finishDraining(std::function<void()> done);

    engine::Loop &m_loop;
    snapshot::Reader &m_reader;
    snapshot::Reader::Release m_release;
    std::vector<std::unique_ptr<logs::AccessLane>> m_lanes; // to the logs that were written to
    ExchangePool m_exchanges;
    UpstreamPools m_upstreams;
    FileCache m_files;
    PasswordChecks m_passwords;
    PasswordChecks::Pool m_pool = [](const engine::Job &work) { work(); };
    ProxyGreetings m_greetings;
    Mirrors m_mirrors;
    std::map<std::string, std::shared_ptr<Listener>> m_listeners;
    std::list<std::unique_ptr<Connection>> m_connections;
    std::vector<Retired> m_retired; // by their deadlines
    ScriptErrorSink m_scriptErrors;
    UpstreamFailureSink m_upstreamFailures;
    Spool *m_spool = nullptr;
    engine::TaskScope m_tasks;
    std::function<void()> m_onDrained;
    SteadyTime m_wallAt;
    std::int64_t m_wall = 0; // at that time
    std::int64_t m_dateSecond = -1;
    std::array<char, 6 + 29> m_date{};
};

} // namespace mainstay::http
