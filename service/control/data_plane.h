// SPDX-License-Identifier: GPL-3.0-or-later
// One worker with all that it serves, as control sees it.
#pragma once

#include "base/clock.h"
#include "dns/server.h"
#include "engine/worker.h"
#include "handover/descriptor.h"
#include "http/health_probes.h"
#include "http/server.h"
#include "snapshot/reader.h"

#include <functional>
#include <memory>
#include <string>

namespace mainstay::control {

enum class Plane : std::uint8_t { http, dnsUdp, dnsTcp };

// Immutable. One socket group of one listener.
struct ListeningPlace {
    Plane plane = Plane::http;
    std::string listener;
    Endpoint endpoint;

    friend auto operator<=>(const ListeningPlace &, const ListeningPlace &) = default;
};

// Control thread. What it is told is done on the worker, in order.
class DataPlane {
public:
    struct Doors {
        // Any thread: runs the job on the control thread.
        std::function<void(engine::Job)> toControl;
        // Any thread: frees the object somewhere it disturbs nobody.
        snapshot::Reader::Release release;
        // Any thread: does long work.
        http::PasswordChecks::Pool pool;
        // Control thread.
        http::HealthProbes::OnReport onProbe;
        // The worker's thread. A line that a script wrote to its error stream.
        http::ScriptErrorSink onScriptError;
        // The worker's thread. Why a request could not be passed on.
        http::UpstreamFailureSink onUpstreamFailure;
        // Outlives the plane; null for none.
        http::Spool *spool = nullptr;
    };

    DataPlane(engine::WorkerIndex index, Doors doors);
    DataPlane(const DataPlane &) = delete;
    DataPlane &operator=(const DataPlane &) = delete;
    // Drops what drain() left.
    ~DataPlane();

    void publish(std::shared_ptr<const snapshot::Publication> publication);
    // Calls `done` on the control thread when all that was told before has been done.
    void settle(engine::Job done);
    void listen(const ListeningPlace &place, handover::Descriptor socket);
    // Accepts and answers what has queued, closes the socket, then calls `done` on the control thread.
    void stopListening(const ListeningPlace &place, engine::Job done);
    // Finishes what is under way; after `limit` it is cut. `done` is called on the control thread.
    void drain(Milliseconds limit, engine::Job done);

    [[nodiscard]] const engine::LoopCounters &counters() const noexcept { return m_worker.counters(); }

private:
    struct Inside;

    // Runs on the worker with what lives there.
    template <class Function>
    void onWorker(Function function);

    Doors m_doors;
    std::unique_ptr<Inside> m_inside; // made and destroyed on the worker
    engine::Worker m_worker;
};

} // namespace mainstay::control
