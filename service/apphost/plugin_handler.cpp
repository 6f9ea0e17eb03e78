// SPDX-License-Identifier: GPL-3.0-or-later
#include "apphost/plugin_handler.h"

#include "apphost/answers.h"
#include "apphost/pool_database.h"

#include <QPluginLoader>

#include <exception>

namespace mainstay::apphost {

Result<PluginHandlers> loadPlugins(const std::vector<config::FilePath> &libraries)
{
    PluginHandlers handlers;
    for (const config::FilePath &library : libraries) {
        QPluginLoader loader(QString::fromStdString(library.path));
        auto *plugin = qobject_cast<HandlerPlugin *>(loader.instance());
        if (!plugin)
            return fail("plugin.unusable", "cannot load `" + library.path + "`: " + loader.errorString().toStdString(),
                        "build it against this version, with " MAINSTAY_HANDLER_PLUGIN);
        for (const std::string &name : plugin->handlers())
            if (!handlers.try_emplace(name, plugin).second)
                return fail("plugin.same-name",
                            "`" + library.path + "` brings a handler `" + name + "`, and another one does too",
                            "keep one of the two");
    }
    return handlers;
}

PluginRoute::PluginRoute(config::HandlerConfig config, HandlerPlugin &plugin, databases::Pool *pool,
                         QThreadPool &threads, Log &log)
    : m_config(std::move(config)), m_plugin(plugin), m_pool(pool), m_threads(threads), m_log(log)
{}

void PluginRoute::handle(const Request &request, const TextValues &path, Reply reply)
{
    Checked<ParameterValues> parameters = readParameters(m_config.parameters, path, request);
    if (!parameters)
        return reply(badRequest(parameters.error()));
    PluginRequest full{{request}, std::move(*parameters)};
    m_threads.start([this, full = std::move(full), reply = std::move(reply)] { reply(answer(full)); });
}

Response PluginRoute::answer(const PluginRequest &request) const
{
    try {
        PoolDatabase database(m_pool, m_config.timeout, m_config.maxRows);
        return m_plugin.handle(m_config.plugin, request, database);
    } catch (const DatabaseError &error) {
        m_log.line(m_config.path + ": " + error.what());
        return databaseAnswer({error.code(), error.what(), {}});
    } catch (const std::exception &error) {
        m_log.line(m_config.path + ": the handler `" + m_config.plugin + "` threw: " + error.what());
    } catch (...) {
        m_log.line(m_config.path + ": the handler `" + m_config.plugin + "` threw something");
    }
    return errorAnswer(500, "plugin.failed", "the handler failed");
}

} // namespace mainstay::apphost
