// SPDX-License-Identifier: GPL-3.0-or-later
// What the last probe of each server saw.
#pragma once

#include "base/clock.h"
#include "http/health_probes.h"

#include <cstdint>
#include <map>
#include <string>

namespace mainstay::control {

// Control thread.
class ProbeResults {
public:
    struct Result {
        WallTime time;
        std::string detail;
    };

    void record(const shared_state::ServerCell &server, const http::ProbeReport &report)
    {
        m_results.insert_or_assign(server.number, Result{WallClock::now(), report.detail});
    }
    // Null before the first.
    [[nodiscard]] const Result *find(const shared_state::ServerCell &server) const
    {
        const auto found = m_results.find(server.number);
        return found == m_results.end() ? nullptr : &found->second;
    }

private:
    std::map<std::uint32_t, Result> m_results; // by the number of the server's cell
};

} // namespace mainstay::control
