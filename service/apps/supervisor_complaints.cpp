// SPDX-License-Identifier: GPL-3.0-or-later
// Why an app is not well, as the status tells it.
#include "apps/supervisor.h"

#include <algorithm>
#include <chrono>

namespace mainstay::apps {

namespace {

// So often within so long is no accident any more.
constexpr std::size_t kUnrestfulEnds = 3;
constexpr std::chrono::minutes kUnrest{10};
constexpr std::size_t kEndsKept = 1000;

} // namespace

std::string Supervisor::App::complaint() const
{
    if (!reason.empty())
        return reason;
    for (const Instance &instance : instances) {
        if (instance.report.floods != 0)
            return instance.flood();
    }
    if (!killed.empty() && SteadyClock::now() - killedAt < kUnrest)
        return killed;
    return unrest(*this);
}

std::string Supervisor::unrest(const App &app)
{
    const SteadyTime since = SteadyClock::now() - kUnrest;
    const auto count = static_cast<std::size_t>(
        std::count_if(app.ends.begin(), app.ends.end(), [&](SteadyTime end) { return end > since; }));
    if (!app.wanted || count < kUnrestfulEnds)
        return "";
    return "ended " + std::to_string(count) + " times in the last " + std::to_string(kUnrest.count()) +
           " minutes, the last time: " + app.lastEnd;
}

void Supervisor::noteEnd(App &app, const std::string &reason)
{
    app.ends.push_back(SteadyClock::now());
    if (app.ends.size() > kEndsKept)
        app.ends.pop_front();
    app.lastEnd = reason;
}

} // namespace mainstay::apps
