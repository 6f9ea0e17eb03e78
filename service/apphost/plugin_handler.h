// SPDX-License-Identifier: GPL-3.0-or-later
// A route that a plugin answers.
#pragma once

#include "apphost/handler.h"
#include "apphost/log.h"
#include "apphost/plugin.h"
#include "apphost/plugin_threads.h"
#include "base/result.h"
#include "config/app.h"
#include "config/handler.h"
#include "databases/pool.h"

#include <QObject>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace mainstay::apphost {

// By the name the plugin gives it. The libraries stay loaded until the program ends.
using PluginHandlers = std::map<std::string, HandlerPlugin *, std::less<>>;

// Main thread, once. Fails with "plugin.unusable", naming the library, or "plugin.same-name".
[[nodiscard]] Result<PluginHandlers> loadPlugins(const std::vector<config::FilePath> &libraries);

// The transport's thread, which has an event loop; the plugin runs on a thread of `threads`, and waits there for its
// database. What takes longer than `timeout` is answered with 504, and what still waits then is not begun.
class PluginRoute : public Handler {
public:
    // All that is referred to outlives it. The pool is null for an app without a database.
    PluginRoute(config::HandlerConfig config, HandlerPlugin &plugin, databases::Pool *pool, PluginThreads &threads,
                Log &log);

    void handle(const Request &request, const TextValues &path, Reply reply) override;

private:
    struct Job;
    void run(Job &job);
    void giveUp(Job &job);
    [[nodiscard]] Response answer(const PluginRequest &request) const;
    [[nodiscard]] Response failed(const std::string &why) const;

    const config::HandlerConfig m_config;
    HandlerPlugin &m_plugin;
    databases::Pool *m_pool;
    PluginThreads &m_threads;
    Log &m_log;
    QObject m_timers; // the receiver of their ends, on the transport's thread
};

} // namespace mainstay::apphost
