// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/method_registry.h"

#include "schema/near_miss.h"

#include <vector>

namespace mainstay::control {

MethodRegistry::MethodRegistry()
{
    handle<rpc::Discover>([this](const rpc::Discover &, const Caller &) -> Result<rpc::Discovery> {
        rpc::Discovery discovery;
        discovery.info.version = MAINSTAY_VERSION;
        for (const auto &[name, entry] : m_entries)
            discovery.methods.push_back(entry.describe());
        return discovery;
    });
    add<rpc::Unsubscribe>([](const QJsonObject &params, const Caller &, const std::shared_ptr<PendingCall> &call,
                             StreamTable &streams) {
        Result<rpc::Unsubscribe> request = rpc::readRequest<rpc::Unsubscribe>(params);
        if (!request)
            return call->finish(forward(std::move(request)));
        if (!streams.closeStream(request->subscription))
            return call->finish(fail("stream.unknown", "there is no stream " + std::to_string(request->subscription) +
                                                           " on this connection"));
        call->finish(rpc::toJson(rpc::Done{}));
    });
}

const MethodRegistry::Entry *MethodRegistry::find(std::string_view name) const
{
    const auto entry = m_entries.find(name);
    return entry == m_entries.end() ? nullptr : &entry->second;
}

Error MethodRegistry::unknownMethod(std::string_view name) const
{
    std::vector<std::string_view> names;
    for (const auto &[known, entry] : m_entries)
        names.push_back(known);
    const std::string meant = schema::nearMiss(name, names);
    return {"rpc.method-not-found", "unknown method `" + std::string(name.substr(0, 80)) + "`",
            meant.empty() ? std::string(rpc::Discover::kMethod.name) + " lists all methods"
                          : "did you mean `" + meant + "`?"};
}

} // namespace mainstay::control
