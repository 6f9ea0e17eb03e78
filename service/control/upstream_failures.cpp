// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/upstream_failures.h"

#include "schema/node.h"

namespace mainstay::control {

std::string serverPath(const std::string &backend, const std::string &server)
{
    return schema::joinPath(schema::joinPath(schema::joinPath("backend", backend), "server"), server);
}

void UpstreamFailures::add(const std::string &backend, const std::string &server, std::string_view reason)
{
    const std::string path = serverPath(backend, server);
    {
        const std::lock_guard lock(m_mutex);
        Told &told = m_told[path];
        const SteadyTime now = m_now();
        if (told.reason == reason && now - told.at < kSilence)
            return;
        told = {std::string(reason), now};
    }
    m_door(path, reason);
}

} // namespace mainstay::control
