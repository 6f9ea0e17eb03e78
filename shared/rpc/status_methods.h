// SPDX-License-Identifier: GPL-3.0-or-later
// status.get: how the service and each of its objects are.
#pragma once

#include "base/clock.h"
#include "config/backend.h"
#include "rpc/app_methods.h"
#include "rpc/database_methods.h"
#include "rpc/method.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mainstay::rpc {

enum class ServiceState : std::uint8_t { starting, serving, draining };

constexpr auto enumerators(ServiceState)
{
    return std::array{
        Enumerator{ServiceState::starting, "starting", MS_NOOP("Rpc", "Starting")},
        Enumerator{ServiceState::serving, "serving", MS_NOOP("Rpc", "Serving")},
        Enumerator{ServiceState::draining, "draining", MS_NOOP("Rpc", "Draining")},
    };
}

using config::ServerState;

// What the health check found; `unknown` before its first verdict or without a check.
enum class ServerHealth : std::uint8_t { unknown, up, down };

constexpr auto enumerators(ServerHealth)
{
    return std::array{
        Enumerator{ServerHealth::unknown, "unknown", MS_NOOP("Rpc", "Unknown")},
        Enumerator{ServerHealth::up, "up", MS_NOOP("Rpc", "Up")},
        Enumerator{ServerHealth::down, "down", MS_NOOP("Rpc", "Down")},
    };
}

struct ListenerStatus {
    std::string name;
    std::string address;
    std::string protocol;
    bool bound = false;
    std::string reason;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ListenerStatus::name, "name", {.help = "Name in the configuration"});
        v(&ListenerStatus::address, "address", {.help = "Address and port, the real one where 0 was asked for"});
        v(&ListenerStatus::protocol, "protocol", {.help = "What is spoken there, as in http, https, dns"});
        v(&ListenerStatus::bound, "bound", {.help = "Whether it takes connections"});
        v(&ListenerStatus::reason, "reason", {.help = "Why it is not bound"});
    }
};

struct SiteStatus {
    std::string name;
    std::vector<std::string> hosts;
    std::vector<std::string> listeners;
    bool active = true;
    std::string reason;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&SiteStatus::name, "name", {.help = "Name in the configuration"});
        v(&SiteStatus::hosts, "hosts", {.help = "Host names it answers to"});
        v(&SiteStatus::listeners, "listeners", {.help = "Listeners it is reached through"});
        v(&SiteStatus::active, "active", {.help = "Whether it answers requests"});
        v(&SiteStatus::reason, "reason", {.help = "Why it was set aside"});
    }
};

struct ServerStatus {
    std::string name;
    std::string address;
    ServerState configuredState = ServerState::ready;
    std::optional<ServerState> overrideState;
    ServerHealth health = ServerHealth::unknown;
    std::optional<WallTime> lastCheck;
    std::string lastCheckReason;
    std::uint64_t inFlight = 0;
    std::uint32_t configuredWeight = 1;
    std::optional<std::uint32_t> overrideWeight;

    [[nodiscard]] ServerState state() const { return overrideState.value_or(configuredState); }
    [[nodiscard]] std::uint32_t weight() const { return overrideWeight.value_or(configuredWeight); }

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ServerStatus::name, "name", {.help = "Name within its backend"});
        v(&ServerStatus::address, "address", {.help = "Address and port, or socket, that requests are sent to"});
        v(&ServerStatus::configuredState, "configured_state", {.help = "State the configuration gives it"});
        v(&ServerStatus::overrideState, "override_state", {.help = "State set at run time, which wins"});
        v(&ServerStatus::health, "health", {.help = "Last verdict of the health check"});
        v(&ServerStatus::lastCheck, "last_check", {.help = "When it was last checked"});
        v(&ServerStatus::lastCheckReason, "last_check_reason", {.help = "What the last check saw"});
        v(&ServerStatus::inFlight, "in_flight", {.help = "Requests it is working on"});
        v(&ServerStatus::configuredWeight, "configured_weight", {.help = "Share the configuration gives it"});
        v(&ServerStatus::overrideWeight, "override_weight", {.help = "Share set at run time, which wins"});
    }
};

struct BackendStatus {
    std::string name;
    std::string balance;
    std::vector<ServerStatus> servers;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&BackendStatus::name, "name", {.help = "Name in the configuration"});
        v(&BackendStatus::balance, "balance", {.help = "How requests are spread"});
        v(&BackendStatus::servers, "servers", {.help = "Its servers in the order of the configuration"});
    }
};

struct ZoneStatus {
    std::string name;
    std::uint32_t serial = 0;
    std::uint64_t names = 0;
    std::uint64_t records = 0;
    std::optional<WallTime> loaded;
    Problems problems;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ZoneStatus::name, "name", {.help = "Its apex, without the final dot"});
        v(&ZoneStatus::serial, "serial", {.help = "Serial of the SOA record that is served"});
        v(&ZoneStatus::names, "names", {.help = "Names with records"});
        v(&ZoneStatus::records, "records", {.help = "Resource records"});
        v(&ZoneStatus::loaded, "loaded", {.help = "When what is served was read; null when nothing is"});
        v(&ZoneStatus::problems, "problems", {.help = "What is wrong with its file"});
    }
};

enum class FileChange : std::uint8_t { added, removed, changed, unreadable };

constexpr auto enumerators(FileChange)
{
    return std::array{
        Enumerator{FileChange::added, "added", MS_NOOP("Rpc", "Added")},
        Enumerator{FileChange::removed, "removed", MS_NOOP("Rpc", "Removed")},
        Enumerator{FileChange::changed, "changed", MS_NOOP("Rpc", "Changed")},
        Enumerator{FileChange::unreadable, "unreadable", MS_NOOP("Rpc", "Unreadable")},
    };
}

// A configuration file that is not as it was when the running revision was applied.
struct DriftedFile {
    std::string file;
    FileChange change = FileChange::changed;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&DriftedFile::file, "file", {.help = "Path of the file"});
        v(&DriftedFile::change, "change", {.help = "What happened to it since the revision was applied"});
    }
};

struct Status {
    std::string version;
    std::int64_t pid = 0;
    Seconds uptime{0};
    ServiceState state = ServiceState::starting;
    std::uint64_t revision = 0;
    std::optional<WallTime> confirmBy;
    Problems problems;
    std::vector<DriftedFile> drift;
    std::vector<ListenerStatus> listeners;
    std::vector<SiteStatus> sites;
    std::vector<BackendStatus> backends;
    std::vector<AppStatus> apps;
    std::vector<DatabaseStatus> databases;
    std::vector<ZoneStatus> zones;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&Status::version, "version", {.help = "Version of the service"});
        v(&Status::pid, "pid", {.help = "Process id of the core"});
        v(&Status::uptime, "uptime_s", {.help = "Seconds since the core started"});
        v(&Status::state, "state", {.help = "Where the service is in its life"});
        v(&Status::revision, "revision", {.help = "Revision of the configuration that runs; 0 for none"});
        v(&Status::confirmBy, "confirm_by", {.help = "When the running revision is taken back unless confirmed"});
        v(&Status::problems, "problems", {.help = "What is wrong now"});
        v(&Status::drift, "drift", {.help = "Files that differ from the running revision"});
        v(&Status::listeners, "listeners", {.help = "Where the service listens"});
        v(&Status::sites, "sites", {.help = "Sites it serves"});
        v(&Status::backends, "backends", {.help = "Backends it sends requests to"});
        v(&Status::apps, "apps", {.help = "Programs it has started"});
        v(&Status::databases, "databases", {.help = "Databases it uses"});
        v(&Status::zones, "zones", {.help = "Zones it answers for"});
    }
};

struct GetStatus {
    static constexpr MethodInfo kMethod{"status.get", Access::look, "How the service and each of its objects are"};
    using Result = Status;

    template <class Visitor>
    static void describe(Visitor &&)
    {}
};

} // namespace mainstay::rpc
