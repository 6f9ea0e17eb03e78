// SPDX-License-Identifier: GPL-3.0-or-later
#include "databases/health.h"

#include <utility>

namespace mainstay::databases {

void checkHealth(Pool &pool, std::function<void(Result<std::string>)> done)
{
    const auto ask = [](Connection &connection) -> Result<std::string> {
        std::string version;
        Result<> asked = connection.transact(Access::read, 1, [&]() -> Result<> {
            Result<std::string> answer = connection.serverVersion();
            if (!answer)
                return forward(std::move(answer));
            version = std::move(*answer);
            return {};
        });
        if (!asked)
            return forward(std::move(asked));
        return version;
    };
    pool.run<std::string>(pool.target().config.connectTimeout, ask, std::move(done), Pool::Urgency::probe);
}

} // namespace mainstay::databases
