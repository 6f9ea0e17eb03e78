// SPDX-License-Identifier: GPL-3.0-or-later
// server.*: what an operator sets at run time, above the configuration, until it is cleared.
#pragma once

#include "rpc/status_methods.h"

namespace mainstay::rpc {

struct SetServerState {
    static constexpr MethodInfo kMethod{"server.set_state", Access::change,
                                        "Drain a server, take it out or put it back"};
    using Result = ServerStatus;

    std::string backend;
    std::string server;
    ServerState state = ServerState::ready;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&SetServerState::backend, "backend", {.help = "Name of the backend", .required = true});
        v(&SetServerState::server, "server", {.help = "Name of the server within it", .required = true});
        v(&SetServerState::state, "state", {.help = "State from now on", .required = true});
    }
};

struct SetServerWeight {
    static constexpr MethodInfo kMethod{"server.set_weight", Access::change,
                                        "Give a server another share of the requests"};
    using Result = ServerStatus;

    std::string backend;
    std::string server;
    std::uint32_t weight = 1;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&SetServerWeight::backend, "backend", {.help = "Name of the backend", .required = true});
        v(&SetServerWeight::server, "server", {.help = "Name of the server within it", .required = true});
        v(&SetServerWeight::weight, "weight", {.help = "Share from now on", .min = 1, .max = 256, .required = true});
    }
};

struct ClearServerOverride {
    static constexpr MethodInfo kMethod{"server.clear_override", Access::change,
                                        "Give a server back the state and weight of the configuration"};
    using Result = ServerStatus;

    std::string backend;
    std::string server;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ClearServerOverride::backend, "backend", {.help = "Name of the backend", .required = true});
        v(&ClearServerOverride::server, "server", {.help = "Name of the server within it", .required = true});
    }
};

} // namespace mainstay::rpc
