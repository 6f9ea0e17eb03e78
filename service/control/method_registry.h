// SPDX-License-Identifier: GPL-3.0-or-later
// The methods a service answers: name to handler, and what rpc.discover tells of them.
#pragma once

#include "control/method_call.h"
#include "rpc/json_schema.h"
#include "rpc/method.h"

#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <string_view>
#include <utility>

namespace mainstay::control {

// Control thread. Filled once at start; rpc.discover and rpc.unsubscribe are there from the beginning. A group of
// methods is a small class that takes what it needs by reference and binds its handlers here; it must outlive the
// socket:
//
//     ServerMethods::ServerMethods(MethodRegistry &methods, ServerOverrides &overrides)
//     {
//         methods.handle<rpc::SetServerState>([&](const rpc::SetServerState &request, const Caller &) {
//             return overrides.setState(request.backend, request.server, request.state);
//         });
//     }
class MethodRegistry {
public:
    struct Entry {
        using Invoke = std::function<void(const QJsonObject &params, const Caller &caller,
                                          const std::shared_ptr<PendingCall> &call, StreamTable &streams)>;

        rpc::MethodInfo info;
        Invoke invoke;
        // The parameters it knows, for the audit log: secrets blanked out.
        std::function<QJsonObject(const QJsonObject &)> auditable;
        std::function<rpc::MethodDescription()> describe;
    };

    MethodRegistry();
    MethodRegistry(const MethodRegistry &) = delete;
    MethodRegistry &operator=(const MethodRegistry &) = delete;

    // Handler: Result<M::Result>(const M &, const Caller &), or void(const M &, const Caller &, Reply<M::Result>)
    // to answer later.
    template <rpc::Method M, class Handler>
    void handle(Handler handler)
    {
        add<M>([handler = std::move(handler)](const QJsonObject &params, const Caller &caller,
                                              const std::shared_ptr<PendingCall> &call, StreamTable &) {
            Result<M> request = rpc::readRequest<M>(params);
            if (!request)
                return call->finish(forward(std::move(request)));
            const Reply<typename M::Result> reply(call);
            if constexpr (std::invocable<const Handler &, const M &, const Caller &>)
                reply(handler(*request, caller));
            else
                handler(*request, caller, reply);
        });
    }

    // Handler: void(const M &, const Caller &, Stream<M::Event>).
    template <rpc::StreamMethod M, class Handler>
    void stream(Handler handler)
    {
        add<M>([handler = std::move(handler)](const QJsonObject &params, const Caller &caller,
                                              const std::shared_ptr<PendingCall> &call, StreamTable &streams) {
            Result<M> request = rpc::readRequest<M>(params);
            if (!request)
                return call->finish(forward(std::move(request)));
            if (std::shared_ptr<OpenStream> stream = streams.openStream(*call))
                handler(*request, caller, Stream<typename M::Event>(std::move(stream)));
        });
    }

    // Null when there is no such method.
    [[nodiscard]] const Entry *find(std::string_view name) const;
    // "rpc.method-not-found", with what was probably meant.
    [[nodiscard]] Error unknownMethod(std::string_view name) const;

private:
    template <rpc::Request M>
    void add(Entry::Invoke invoke)
    {
        m_entries.insert_or_assign(M::kMethod.name,
                                   Entry{M::kMethod, std::move(invoke), &auditableParams<M>, &rpc::describeMethod<M>});
    }

    template <rpc::Request M>
    static QJsonObject auditableParams(const QJsonObject &params)
    {
        QJsonObject kept;
        rpc::Members<M>::describe([&](auto M::*, const char *name, const rpc::Setting &setting) {
            const QJsonValue value = params.value(QLatin1String(name));
            if (!value.isUndefined())
                kept.insert(QLatin1String(name), setting.secret ? QJsonValue(QStringLiteral("***")) : value);
        });
        return kept;
    }

    std::map<std::string_view, Entry> m_entries;
};

} // namespace mainstay::control
