// SPDX-License-Identifier: GPL-3.0-or-later
// All DNS of one worker.
#pragma once

#include "dns/connection.h"
#include "dns/listener.h"
#include "engine/task_scope.h"
#include "snapshot/reader.h"

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace mainstay::dns {

// Worker thread. Lives from the worker's start to its end; empty before it goes: see drain().
class Server {
public:
    // `release` takes what is to be freed elsewhere, as the reader's does.
    Server(engine::Loop &loop, snapshot::Reader &reader, snapshot::Reader::Release release);
    Server(const Server &) = delete;
    Server &operator=(const Server &) = delete;

    // Takes over the listeners of the reader's snapshot; those that are gone from it stop, and their connections
    // drain.
    void adopt();
    // This worker's socket of the group bound to the address. The snapshot must have the listener.
    void listenUdp(const std::string &listener, const std::string &address, engine::NativeSocket socket);
    void listenTcp(const std::string &listener, const std::string &address, engine::NativeSocket listening);
    // Answers, or accepts, what has queued there and stops.
    void stopUdp(const std::string &listener, const std::string &address);
    void stopTcp(const std::string &listener, const std::string &address);
    // Stops listening and ends connections as they become idle; `done` is called when the last is gone, which abort()
    // hastens.
    void drain(std::function<void()> done);
    void abort();

    [[nodiscard]] engine::Loop &loop() noexcept { return m_loop; }
    // Room for one answer over TCP. Valid up to the next suspension.
    [[nodiscard]] std::span<std::uint8_t> scratch() noexcept { return m_scratch; }

private:
    friend class Connection;

    // Null when the snapshot has no such listener.
    [[nodiscard]] std::shared_ptr<Listener> listener(const std::string &name);
    void accept(const std::shared_ptr<Listener> &listener, engine::NativeSocket socket);
    // Called as the last thing a connection does; destroys it.
    void finished(Connection &connection);

    engine::Loop &m_loop;
    snapshot::Reader &m_reader;
    snapshot::Reader::Release m_release;
    std::vector<std::uint8_t> m_scratch;
    std::map<std::string, std::shared_ptr<Listener>> m_listeners;
    std::list<std::unique_ptr<Connection>> m_connections;
    engine::TaskScope m_tasks;
    std::function<void()> m_onDrained;
};

} // namespace mainstay::dns
