// SPDX-License-Identifier: GPL-3.0-or-later
// A route that is answered by statements of the configuration.
#pragma once

#include "apphost/handler.h"
#include "apphost/log.h"
#include "config/handler.h"
#include "databases/pool.h"

namespace mainstay::apphost {

// The transport's thread; the statements run, and the answer is written, on a thread of the pool. More rows than
// max_rows are told by "Mainstay-More-Rows: true"; with paging, "Mainstay-Next-Page" names the next one while there is
// one.
class SqlHandler : public Handler {
public:
    // Pool and log outlive it.
    SqlHandler(config::HandlerConfig config, databases::Pool &pool, Log &log);

    void handle(const Request &request, const TextValues &path, Reply reply) override;

private:
    struct Work;
    [[nodiscard]] static Result<Response> answer(databases::Connection &connection, const Work &work);

    const std::shared_ptr<const config::HandlerConfig> m_config;
    databases::Pool &m_pool;
    Log &m_log;
};

} // namespace mainstay::apphost
