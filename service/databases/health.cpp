// SPDX-License-Identifier: GPL-3.0-or-later
#include "databases/health.h"

#include <utility>

namespace mainstay::databases {

void checkHealth(Pool &pool, std::function<void(Result<Health>)> done)
{
    const auto ask = [](Connection &connection) -> Result<Health> {
        Health health{{}, connection.fileNumber(), connection.isReadOnlyFile() ? connection.writableRemedy() : ""};
        Result<> asked = connection.transact(Access::read, 1, [&]() -> Result<> {
            Result<std::string> answer = connection.serverVersion();
            if (!answer)
                return forward(std::move(answer));
            health.version = std::move(*answer);
            // SQLite tells its version without a look at the file.
            if (connection.engine() == Engine::sqlite)
                if (Result<std::string> looked = connection.ask("SELECT count(*) FROM sqlite_master"); !looked)
                    return forward(std::move(looked));
            return {};
        });
        if (!asked)
            return forward(std::move(asked));
        return health;
    };
    pool.run<Health>(pool.target().config.connectTimeout, ask, std::move(done), Pool::Urgency::probe);
}

} // namespace mainstay::databases
