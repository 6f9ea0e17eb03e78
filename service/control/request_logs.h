// SPDX-License-Identifier: GPL-3.0-or-later
// The logs of requests as they are open, for the one who builds a snapshot.
#pragma once

#include "config/log.h"
#include "config/values.h"
#include "logs/request_log.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace mainstay::control {

// Control thread. Each log is the same object as long as nothing about it changes.
struct RequestLogs {
    using List = std::vector<std::shared_ptr<const logs::RequestLog>>;

    std::map<std::string, std::shared_ptr<const logs::RequestLog>> byName;
    List ofService;
    std::vector<std::shared_ptr<const logs::AccessLog>> open;

    // Those that are known.
    [[nodiscard]] List named(const std::vector<config::Reference<config::LogConfig>> &names) const
    {
        List list;
        for (const auto &reference : names) {
            if (const auto log = byName.find(reference.name); log != byName.end())
                list.push_back(log->second);
        }
        return list;
    }
};

} // namespace mainstay::control
