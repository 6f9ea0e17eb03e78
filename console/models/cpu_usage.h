// SPDX-License-Identifier: GPL-3.0-or-later
// What share of a core each instance of an app uses, from one status to the next.
#pragma once

#include "base/clock.h"
#include "rpc/app_methods.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace mainstay::models {

// Interface thread.
class CpuUsage {
public:
    // `time` is when the status came, on a clock that never goes back.
    void take(const std::vector<rpc::AppStatus> &apps, SteadyTime time);

    // Percent of one core; unknown (NaN) for an instance seen once, or started anew since.
    [[nodiscard]] double percentOf(const std::string &app, const std::string &instance) const;

private:
    struct Use {
        std::int64_t pid = 0;
        double seconds = 0;
        double percent = 0;
    };

    std::map<std::pair<std::string, std::string>, Use> m_uses; // of the instances of the last status alone
    SteadyTime m_time;
};

} // namespace mainstay::models
