// SPDX-License-Identifier: GPL-3.0-or-later
// app.*: the programs the service starts, and how their instances are.
#pragma once

#include "base/clock.h"
#include "rpc/method.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mainstay::rpc {

enum class InstanceState : std::uint8_t {
    starting, // runs, and is not ready yet
    ready,    // takes requests
    unready,  // was ready, and fails its checks
    stopping, // finishes what it has and ends
    waiting,  // has ended and is started again in a while
    failed,   // could not be started; tried again in a while
};

constexpr auto enumerators(InstanceState)
{
    return std::array{
        Enumerator{InstanceState::starting, "starting", MS_NOOP("Rpc", "Starting")},
        Enumerator{InstanceState::ready, "ready", MS_NOOP("Rpc", "Ready")},
        Enumerator{InstanceState::unready, "unready", MS_NOOP("Rpc", "Not ready")},
        Enumerator{InstanceState::stopping, "stopping", MS_NOOP("Rpc", "Stopping")},
        Enumerator{InstanceState::waiting, "waiting", MS_NOOP("Rpc", "Waiting")},
        Enumerator{InstanceState::failed, "failed", MS_NOOP("Rpc", "Failed")},
    };
}

struct InstanceStatus {
    std::string name;
    InstanceState state = InstanceState::starting;
    std::string reason;
    std::int64_t pid = 0;
    std::string address;
    std::optional<WallTime> started;
    std::uint64_t restarts = 0;
    std::uint64_t inFlight = 0;
    double cpuSeconds = 0;
    std::uint64_t memoryBytes = 0;
    std::uint32_t processes = 0;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&InstanceStatus::name, "name", {.help = "Its number and, behind a dot, how often it was replaced"});
        v(&InstanceStatus::state, "state", {.help = "Where it is in its life"});
        v(&InstanceStatus::reason, "reason", {.help = "What its last check saw, or why it ended or does not run"});
        v(&InstanceStatus::pid, "pid", {.help = "Its process; 0 when it does not run"});
        v(&InstanceStatus::address, "address", {.help = "Port or Unix socket it was handed"});
        v(&InstanceStatus::started, "started", {.help = "When it was started last"});
        v(&InstanceStatus::restarts, "restarts", {.help = "How often it was started again after it had ended"});
        v(&InstanceStatus::inFlight, "in_flight", {.help = "Requests it is working on"});
        v(&InstanceStatus::cpuSeconds, "cpu_seconds", {.help = "Processor time of all its processes"});
        v(&InstanceStatus::memoryBytes, "memory_bytes", {.help = "Memory of all its processes"});
        v(&InstanceStatus::processes, "processes", {.help = "How many processes it is"});
    }
};

struct AppStatus {
    std::string name;
    std::string kind;
    std::string command;
    std::uint32_t wanted = 0;
    std::uint32_t ready = 0;
    bool restarting = false;
    std::string reason;
    std::vector<InstanceStatus> instances;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&AppStatus::name, "name", {.help = "Name in the configuration"});
        v(&AppStatus::kind, "kind", {.help = "What is started: program or handlers"});
        v(&AppStatus::command, "command", {.help = "The program with its arguments"});
        v(&AppStatus::wanted, "wanted", {.help = "Instances the configuration asks for"});
        v(&AppStatus::ready, "ready", {.help = "Instances that take requests"});
        v(&AppStatus::restarting, "restarting", {.help = "Whether its instances are being replaced one by one"});
        v(&AppStatus::reason, "reason", {.help = "What keeps it from being well; empty when nothing does"});
        v(&AppStatus::instances, "instances", {.help = "Its instances, those that are being replaced included"});
    }
};

struct RestartApp {
    static constexpr MethodInfo kMethod{"app.restart", Access::change,
                                        "Replace the instances of an app one by one, without a gap"};
    using Result = AppStatus;

    std::string app;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&RestartApp::app, "app", {.help = "Name of the app", .required = true});
    }
};

} // namespace mainstay::rpc
