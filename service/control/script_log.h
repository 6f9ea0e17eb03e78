// SPDX-License-Identifier: GPL-3.0-or-later
// What scripts write to their error stream, on its way from the workers to the log of their app.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace mainstay::control {

// Shared. Of a backend whose scripts complain with every request, what is beyond so many lines a second goes no further
// than the worker: it is counted, and told with the next line that passes.
class ScriptLog {
public:
    static constexpr std::uint32_t kMostLines = 200; // into the log of an app
    static constexpr std::uint32_t kMostEvents = 10; // among the events, where it is no app's

    // Called on the thread of add().
    using Door = std::function<void(const std::string &backend, const std::string &server, std::string_view line)>;
    using Now = std::function<SteadyTime()>;

    explicit ScriptLog(Door door, Now now = &SteadyClock::now) : m_door(std::move(door)), m_now(std::move(now)) {}

    // Any thread. The line may hold anything; whoever writes it makes it harmless.
    void add(const std::string &backend, const std::string &server, std::string_view line,
             std::uint32_t most = kMostLines);

private:
    struct Second {
        SteadyTime begin{};
        std::uint32_t lines = 0;
        std::uint64_t dropped = 0;
    };

    const Door m_door;
    const Now m_now;
    std::mutex m_mutex;                      // guards what follows
    std::map<std::string, Second> m_seconds; // by backend
};

} // namespace mainstay::control
