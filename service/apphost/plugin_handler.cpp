// SPDX-License-Identifier: GPL-3.0-or-later
#include "apphost/plugin_handler.h"

#include "apphost/answers.h"
#include "apphost/pool_database.h"

#include <QPluginLoader>
#include <QTimer>

#include <exception>
#include <mutex>
#include <utility>

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

// A request, while its handler is at it.
struct PluginRoute::Job {
    PluginRequest request;
    Reply reply;
    std::mutex mutex; // guards what follows
    bool isRunning = false;
    bool isAnswered = false;
    bool hasGivenPlace = false;
};

PluginRoute::PluginRoute(config::HandlerConfig config, HandlerPlugin &plugin, databases::Pool *pool,
                         PluginThreads &threads, Log &log)
    : m_config(std::move(config)), m_plugin(plugin), m_pool(pool), m_threads(threads), m_log(log)
{}

void PluginRoute::handle(const Request &request, const TextValues &path, Reply reply)
{
    Checked<ParameterValues> parameters = readParameters(m_config.parameters, path, request);
    if (!parameters)
        return reply(badRequest(parameters.error()));
    auto job = std::make_shared<Job>();
    job->request = {{request}, std::move(*parameters)};
    std::erase_if(job->request.headers, [](const auto &one) { return isSameHeader(one.first, kTokenHeader); });
    job->reply = std::move(reply);
    if (!m_threads.start([this, job] { run(*job); })) {
        Response busy = errorAnswer(503, "plugin.busy", "the app has too much to do");
        busy.headers.emplace_back("Retry-After", "1");
        return job->reply(std::move(busy));
    }
    const auto limit = std::chrono::milliseconds(Milliseconds(m_config.timeout));
    QTimer::singleShot(limit, &m_timers, [this, waiting = std::weak_ptr<Job>(job)] {
        if (const auto late = waiting.lock())
            giveUp(*late);
    });
}

void PluginRoute::run(Job &job)
{
    {
        const std::scoped_lock lock(job.mutex);
        if (job.isAnswered)
            return;
        job.isRunning = true;
    }
    Response response = answer(job.request);
    {
        const std::scoped_lock lock(job.mutex);
        job.isRunning = false;
        if (job.hasGivenPlace)
            m_threads.takePlace();
        if (std::exchange(job.isAnswered, true))
            return;
    }
    job.reply(std::move(response));
}

void PluginRoute::giveUp(Job &job)
{
    bool wasRunning = false;
    {
        const std::scoped_lock lock(job.mutex);
        if (std::exchange(job.isAnswered, true))
            return;
        wasRunning = job.isRunning;
        job.hasGivenPlace = wasRunning && m_threads.givePlace();
    }
    m_log.line(m_config.path + ": the handler `" + m_config.plugin + "` " +
               (wasRunning ? "took longer than its timeout" : "was not begun within its timeout"));
    job.reply(errorAnswer(504, "plugin.timeout", "the handler took too long"));
}

Response PluginRoute::answer(const PluginRequest &request) const
{
    try {
        PoolDatabase database(m_pool, m_config.timeout, m_config.maxRows);
        Result<Response> response = checkedAnswer(m_plugin.handle(m_config.plugin, request, database));
        if (!response)
            return failed(": " + response.error().text());
        return std::move(*response);
    } catch (const DatabaseError &error) {
        m_log.line(m_config.path + ": " + error.what());
        return databaseAnswer({error.code(), error.what(), {}});
    } catch (const std::exception &error) {
        return failed(std::string(" threw: ") + error.what());
    } catch (...) {
        return failed(" threw something");
    }
}

Response PluginRoute::failed(const std::string &why) const
{
    m_log.line(m_config.path + ": the handler `" + m_config.plugin + "`" + why);
    return errorAnswer(500, "plugin.failed", "the handler failed");
}

} // namespace mainstay::apphost
