// SPDX-License-Identifier: GPL-3.0-or-later
// app.*.
#include "control/method_groups.h"
#include "rpc/methods.h"

#include <algorithm>

namespace mainstay::control {

void bindAppMethods(MethodRegistry &methods, const Reporting &reporting)
{
    methods.handle<rpc::RestartApp>(
        [&reporting](const rpc::RestartApp &request, const Caller &) -> Result<rpc::AppStatus> {
            if (auto begun = reporting.apps.restart(request.app); !begun)
                return forward(std::move(begun));
            const std::vector<rpc::AppStatus> statuses = reporting.apps.statuses({});
            return *std::ranges::find(statuses, request.app, &rpc::AppStatus::name);
        });
}

} // namespace mainstay::control
