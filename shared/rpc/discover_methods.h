// SPDX-License-Identifier: GPL-3.0-or-later
// rpc.*: what the protocol says about itself, and the end of a stream.
#pragma once

#include "rpc/method.h"

#include <QJsonValue>

#include <cstdint>
#include <string>
#include <vector>

namespace mainstay::rpc {

// What names and describes a value in an OpenRPC document.
struct ContentDescriptor {
    std::string name;
    std::string summary;
    bool required = false;
    QJsonValue schema;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ContentDescriptor::name, "name", {.help = "Name of the parameter or value"});
        v(&ContentDescriptor::summary, "summary", {.help = "What it is"});
        v(&ContentDescriptor::required, "required", {.help = "Whether a call without it is refused"});
        v(&ContentDescriptor::schema, "schema", {.help = "JSON Schema of it"});
    }
};

struct MethodDescription {
    std::string name;
    std::string summary;
    std::string paramStructure = "by-name";
    std::vector<ContentDescriptor> params;
    ContentDescriptor result;
    Access access = Access::look;
    QJsonValue event;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&MethodDescription::name, "name", {.help = "Name of the method"});
        v(&MethodDescription::summary, "summary", {.help = "What it does"});
        v(&MethodDescription::paramStructure, "paramStructure", {.help = "Always by-name: parameters are an object"});
        v(&MethodDescription::params, "params", {.help = "Its parameters"});
        v(&MethodDescription::result, "result", {.help = "What it answers"});
        v(&MethodDescription::access, "x-access", {.help = "What a caller needs: look or change"});
        v(&MethodDescription::event, "x-event",
          {.help = "JSON Schema of the events of the stream it opens; null when it opens none"});
    }
};

struct ProtocolInfo {
    std::string title = "Mainstay management protocol";
    std::string version;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&ProtocolInfo::title, "title", {.help = "Name of the protocol"});
        v(&ProtocolInfo::version, "version", {.help = "Version of the service"});
    }
};

// An OpenRPC document (spec.open-rpc.org).
struct Discovery {
    std::string openrpc = "1.3.2";
    ProtocolInfo info;
    std::vector<MethodDescription> methods;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&Discovery::openrpc, "openrpc", {.help = "Version of the OpenRPC specification"});
        v(&Discovery::info, "info", {.help = "What this describes"});
        v(&Discovery::methods, "methods", {.help = "Every method, by name"});
    }
};

struct Discover {
    static constexpr MethodInfo kMethod{"rpc.discover", Access::look, "Every method with its parameters and results"};
    using Result = Discovery;

    template <class Visitor>
    static void describe(Visitor &&)
    {}
};

// Answers the call that opens a stream; its events carry the number.
struct Subscription {
    std::uint64_t subscription = 0;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&Subscription::subscription, "subscription", {.help = "Number of the stream on this connection"});
    }
};

struct Unsubscribe {
    static constexpr MethodInfo kMethod{"rpc.unsubscribe", Access::look, "End a stream"};
    using Result = Done;

    std::uint64_t subscription = 0;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&Unsubscribe::subscription, "subscription", {.help = "Number of the stream", .required = true});
    }
};

// The notifications of a stream: events as they happen, then one end. `error` is null when the stream ended because
// all was sent or the client asked for the end.
struct StreamEvent {
    static constexpr MethodInfo kMethod{"stream.event", Access::none, "An event of a stream"};

    std::uint64_t subscription = 0;
    QJsonValue event;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&StreamEvent::subscription, "subscription", {.help = "Number of the stream", .required = true});
        v(&StreamEvent::event, "event", {.help = "The event, as the method that opened the stream declares it"});
    }
};

struct StreamEnd {
    static constexpr MethodInfo kMethod{"stream.end", Access::none, "The end of a stream"};

    std::uint64_t subscription = 0;
    QJsonValue error;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&StreamEnd::subscription, "subscription", {.help = "Number of the stream", .required = true});
        v(&StreamEnd::error, "error", {.help = "An error object as in an answer, or null"});
    }
};

} // namespace mainstay::rpc
