// SPDX-License-Identifier: GPL-3.0-or-later
#include "apphost/application.h"

#include "apphost/answers.h"
#include "apphost/sql_handler.h"
#include "databases/health.h"
#include "rpc/json_value.h"
#include "schema/kinds.h"

#include <algorithm>

namespace mainstay::apphost {
namespace {

// Takes the same time wherever the two differ.
bool isSame(std::string_view given, std::string_view token)
{
    unsigned difference = given.size() == token.size() ? 0 : 1;
    for (std::size_t i = 0; i < token.size(); ++i)
        difference |=
            static_cast<unsigned char>(token[i]) ^ static_cast<unsigned char>(i < given.size() ? given[i] : 0);
    return difference == 0;
}

// The proxy says for whom it asks, whatever the client sends: our own paths are for the service alone.
bool isOurs(const Request &request)
{
    return request.path.starts_with("/.mainstay/") && !header(request.headers, "X-Forwarded-For");
}

} // namespace

Application::Application(HostConfiguration configuration, Log &log)
    : m_configuration(std::move(configuration)), m_log(log)
{
    Transport::Options options;
    options.maxBody = m_configuration.config.maxBody;
    options.admit = [this](const Headers &headers) { return admit(headers); };
    options.handle = [this](const Request &request, Transport::Reply reply) { handle(request, std::move(reply)); };
    m_transport = makeTransport(std::move(options));
}

Application::~Application()
{
    m_threads.waitForDone();
    m_pool.reset();
    m_transport.reset();
}

Result<> Application::start()
{
    if (m_configuration.database) {
        databases::Target target{m_configuration.config.database.name, *m_configuration.database,
                                 m_configuration.dataFolder};
        for (const config::HandlerConfig &handler : m_configuration.config.handlers)
            target.config.queryTimeout = std::max(target.config.queryTimeout, handler.timeout);
        m_pool = std::make_unique<databases::Pool>(
            databases::Pool::Options{std::move(target), "app " + m_configuration.app + "." + m_configuration.instance,
                                     [this](const std::string &line) { m_log.line(line); }});
    }
    if (Result<> added = addHandlers(); !added)
        return added;
    return m_transport->listen(m_configuration.port);
}

Result<> Application::addHandlers()
{
    Result<PluginHandlers> plugins = loadPlugins(m_configuration.config.plugins);
    if (!plugins)
        return forward(std::move(plugins));
    m_threads.setSize(std::max(8, static_cast<int>(m_configuration.database ? m_configuration.database->pool : 0)));
    for (const config::HandlerConfig &config : m_configuration.config.handlers) {
        std::unique_ptr<Handler> handler;
        if (!config.plugin.empty()) {
            const auto plugin = plugins->find(config.plugin);
            if (plugin == plugins->end())
                return fail("plugin.unknown", config.path + ": no plugin brings a handler `" + config.plugin + "`",
                            "see that its library is in `plugins`");
            handler = std::make_unique<PluginRoute>(config, *plugin->second, m_pool.get(), m_threads, m_log);
        } else if (m_pool) {
            handler = std::make_unique<SqlHandler>(config, *m_pool, m_log);
        } else {
            return fail("apphost.no-database", config.path + ": there is no database for its statements",
                        "set `database` of the app");
        }
        m_router.add(schema::enumName(config.method), config.path, m_handlers.size());
        m_handlers.push_back(std::move(handler));
    }
    return {};
}

std::optional<Response> Application::admit(const Headers &headers) const
{
    const auto count =
        std::ranges::count_if(headers, [](const auto &one) { return header({one}, kTokenHeader).has_value(); });
    const auto token = header(headers, kTokenHeader);
    if (count == 1 && isSame(*token, m_configuration.token))
        return std::nullopt;
    return errorAnswer(403, "request.forbidden", "this port is for Mainstay alone");
}

void Application::handle(const Request &request, Transport::Reply reply)
{
    // Again, on what was parsed: the two must agree.
    if (std::optional<Response> refusal = admit(request.headers))
        return reply(std::move(*refusal));
    if (request.body.size() > m_configuration.config.maxBody)
        return reply(errorAnswer(413, "request.too-large", "the body is too large"));
    if (std::optional<Response> own = ownAnswer(request))
        return reply(std::move(*own));
    if (isOurs(request) && request.path == "/.mainstay/database")
        return answerForDatabase(std::move(reply));
    const Router::Match match = m_router.find(request.method, request.path);
    if (!match.isPath)
        return reply(errorAnswer(404, "request.no-path", "nothing answers this path"));
    if (!match.handler) {
        Response response = errorAnswer(405, "request.no-method", "this path does not answer " + request.method);
        response.headers.emplace_back("Allow", match.allow);
        return reply(std::move(response));
    }
    m_handlers[*match.handler]->handle(request, match.values, std::move(reply));
}

std::optional<Response> Application::ownAnswer(const Request &request) const
{
    const bool isReady = request.path == "/.mainstay/ready";
    if (!isOurs(request) || (!isReady && request.path != "/.mainstay/status"))
        return std::nullopt;
    Response response;
    response.headers.emplace_back("Content-Type", "application/json");
    if (isReady) {
        response.body = "{\"ready\":true}\n";
    } else {
        const rpc::DatabasePool counters = m_pool ? m_pool->counters() : rpc::DatabasePool{};
        response.body = rpc::compactText(rpc::toJson(counters).toObject()).toStdString() + "\n";
    }
    return response;
}

void Application::answerForDatabase(Transport::Reply reply) const
{
    const auto answer = [reply = std::move(reply)](const Result<databases::Health> &health) {
        // That all connections are at work says that there are some.
        if (!health && health.error().code != "database.busy")
            return reply(errorAnswer(503, health.error().code, health.error().text()));
        Response response;
        response.headers.emplace_back("Content-Type", "application/json");
        response.body = "{\"reached\":true}\n";
        reply(std::move(response));
    };
    if (m_pool)
        return databases::checkHealth(*m_pool, answer);
    answer(databases::Health{});
}

} // namespace mainstay::apphost
