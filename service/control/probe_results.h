// SPDX-License-Identifier: GPL-3.0-or-later
// What the last probe of each server saw.
#pragma once

#include "base/clock.h"
#include "http/health_probes.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace mainstay::control {

// Control thread.
class ProbeResults {
public:
    struct Result {
        WallTime time;
        std::string detail;
        std::weak_ptr<const shared_state::ServerCell> server;
    };

    void record(const http::ProbeReport &report)
    {
        const bool isFirst =
            m_results.insert_or_assign(report.server->number, Result{WallClock::now(), report.detail, report.server})
                .second;
        if (isFirst)
            std::erase_if(m_results, [](const auto &entry) { return entry.second.server.expired(); });
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
