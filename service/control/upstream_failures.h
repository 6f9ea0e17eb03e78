// SPDX-License-Identifier: GPL-3.0-or-later
// Why requests could not be passed on, on its way from the workers to the events.
#pragma once

#include "base/clock.h"

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace mainstay::control {

// "backend.app.server.a", as problems and events name it.
[[nodiscard]] std::string serverPath(const std::string &backend, const std::string &server);

// Shared. What is wrong with a server is wrong with every request: the same reason is told once a minute.
class UpstreamFailures {
public:
    static constexpr Milliseconds kSilence{60'000};

    // Called on the thread of add(), with the server's place in the configuration.
    using Door = std::function<void(const std::string &path, std::string_view reason)>;
    using Now = std::function<SteadyTime()>;

    explicit UpstreamFailures(Door door, Now now = &SteadyClock::now) : m_door(std::move(door)), m_now(std::move(now))
    {}

    // Any thread.
    void add(const std::string &backend, const std::string &server, std::string_view reason);

private:
    struct Told {
        std::string reason;
        SteadyTime at;
    };

    const Door m_door;
    const Now m_now;
    std::mutex m_mutex;                 // guards what follows
    std::map<std::string, Told> m_told; // by place
};

} // namespace mainstay::control
