// SPDX-License-Identifier: GPL-3.0-or-later
// database.*
#include "rpc/database_methods.h"
#include "control/method_groups.h"

namespace mainstay::control {

void bindDatabaseMethods(MethodRegistry &methods, const Reporting &reporting)
{
    methods.handle<rpc::QueryDatabase>(
        [&reporting](const rpc::QueryDatabase &request, const Caller &, const Reply<rpc::QueryResult> &reply) {
            reporting.databases.query(request, reply);
        });
}

} // namespace mainstay::control
