// SPDX-License-Identifier: GPL-3.0-or-later
// Asks the servers of all backends, again and again, whether they are well. Those that speak FastCGI are connected to,
// and asked nothing.
#pragma once

#include "balance/health.h"
#include "engine/loop.h"
#include "engine/task_scope.h"
#include "snapshot/snapshot.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace mainstay::http {

// What one probe saw.
struct ProbeReport {
    std::shared_ptr<shared_state::ServerCell> server;
    bool passed = false;
    std::string detail;                            // "status 200 in 3 ms", "connection refused"
    std::optional<balance::HealthVerdict> verdict; // when it changed the server's health
};

// Worker thread (worker 0). Reports go to `onReport` on this thread, which passes them to control: only control
// changes a server's health.
class HealthProbes {
public:
    using OnReport = std::function<void(ProbeReport)>;

    HealthProbes(engine::Loop &loop, OnReport onReport);
    HealthProbes(const HealthProbes &) = delete;
    HealthProbes &operator=(const HealthProbes &) = delete;
    ~HealthProbes();

    // Probes the servers of this snapshot from now on. Those that did not change go on undisturbed.
    void adopt(const snapshot::Snapshot &snapshot);
    // Ends all probes; `done` when the last has ended, within the turn.
    void stop(std::function<void()> done);

private:
    class Probe;

    engine::Task<> run(std::shared_ptr<Probe> probe);
    engine::Task<> finishStopping(std::function<void()> done);

    engine::Loop &m_loop;
    OnReport m_onReport;
    std::map<std::uint32_t, std::shared_ptr<Probe>> m_probes; // by the number of the server's cell
    engine::TaskScope m_tasks;
    engine::TaskScope m_stopping; // waits for m_tasks
};

} // namespace mainstay::http
