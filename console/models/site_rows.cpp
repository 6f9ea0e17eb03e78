// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/site_rows.h"

#include "models/words.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonObject>

namespace mainstay::models {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("SiteRows", text);
}

// The end of a long path, which says more than its beginning.
QString shortPath(const QString &path)
{
    const QStringList parts = path.split(QLatin1Char('/'));
    return parts.size() <= 4 ? path : QStringLiteral("…/%1/%2").arg(parts[parts.size() - 2], parts.last());
}

// Where a route leads: to a folder, a backend, an app, or an answer of the service's own.
QString destinationOf(const QJsonObject &route)
{
    const auto named = [&](const char *name) { return route.value(QLatin1String(name)).toString(); };
    const QString root = shortPath(named("root"));
    if (const QString app = named("app"); !app.isEmpty())
        return root.isEmpty() ? tr("App %1").arg(app) : tr("App %1, scripts in %2").arg(app, root);
    if (const QString backend = named("backend"); !backend.isEmpty())
        return root.isEmpty() ? tr("Backend %1").arg(backend) : tr("Backend %1, scripts in %2").arg(backend, root);
    if (const QString redirect = named("redirect"); !redirect.isEmpty())
        return tr("Redirects to %1").arg(redirect);
    const int status = route.value(QLatin1String("status")).toInt();
    if (!named("respond").isEmpty())
        return tr("Answers with a text");
    if (status != 0)
        return tr("Answers with status %1").arg(status);
    return root.isEmpty() ? tr("Nowhere") : tr("Files in %1").arg(root);
}

// Whether it is not for every request to its path.
bool isConditional(const QJsonObject &route)
{
    const auto has = [&route](const char *name) {
        const QJsonValue value = route.value(QLatin1String(name));
        return value.isArray() ? !value.toArray().isEmpty() : !value.toString().isEmpty();
    };
    return has("pattern") || has("methods") || has("headers") || has("query") || has("clients") ||
           route.value(QLatin1String("share")).toInt(100) < 100;
}

std::vector<Row> routeRows(const QJsonValue &site)
{
    std::vector<Row> rows;
    const QJsonArray routes = site.toObject().value(QLatin1String("route")).toArray();
    for (const QJsonValue &each : routes) {
        const QJsonObject route = each.toObject();
        const QString path = route.value(QLatin1String("path")).toString();
        rows.push_back(
            {QString::number(rows.size()) + path,
             {{path, Tone::plain, {}},
              {},
              {isConditional(route) ? tr("%1, on conditions").arg(destinationOf(route)) : destinationOf(route),
               Tone::faint, route.value(QLatin1String("root")).toString()},
              {},
              {},
              {},
              {}},
             {}});
    }
    return rows;
}

} // namespace

std::vector<Column> siteColumns()
{
    return {{tr("Site"), QStringLiteral("/api/guestbook/")},
            {tr("State"), QStringLiteral("⬤ Set aside")},
            {tr("Hosts and routes"), QStringLiteral("www.example.org"), Align::left, true},
            {tr("Listeners"), QStringLiteral("web, secure-web")},
            {tr("Requests/s"), QStringLiteral("99.9k"), Align::right},
            {tr("Errors/s"), QStringLiteral("99.9k"), Align::right, false, true},
            {tr("p99"), QStringLiteral("99.9 ms"), Align::right}};
}

std::vector<Row> siteRows(const rpc::Status &status, const std::optional<Rates> &rates, const QJsonValue &config)
{
    const QJsonObject sites = config.toObject().value(QLatin1String("site")).toObject();
    std::vector<Row> rows;
    for (const rpc::SiteStatus &site : status.sites) {
        Rate rate{kUnknown, kUnknown};
        if (const auto found = rates ? rates->sites.find(site.name) : decltype(Rates::sites)::const_iterator();
            rates && found != rates->sites.end())
            rate = found->second;
        rows.push_back(
            {text(site.name),
             {{text(site.name), Tone::strong, {}},
              site.active ? Cell{tr("Active"), Tone::good, {}} : Cell{tr("Set aside"), Tone::bad, text(site.reason)},
              {site.reason.empty() ? joined(site.hosts) : text(site.reason), Tone::plain, {}},
              {site.listeners.empty() ? tr("All of HTTP") : joined(site.listeners), Tone::plain, {}},
              figure(rateText(rate.requests), rate.requests),
              figure(rateText(rate.errors), rate.errors, rate.errors > 0 ? Tone::bad : Tone::plain),
              figure(durationText(rate.p99), rate.p99)},
             routeRows(sites.value(text(site.name)))});
    }
    return rows;
}

std::vector<Column> listenerColumns()
{
    return {{tr("Listener"), QStringLiteral("/api/guestbook/")},
            {tr("State"), QStringLiteral("⬤ Not listening")},
            {tr("Protocol"), QStringLiteral("https")},
            {tr("Address"), QStringLiteral("127.000.000.001:8080")},
            {tr("Reason"), QStringLiteral("the port is in use by another program"), Align::left, true}};
}

std::vector<Row> listenerRows(const rpc::Status &status)
{
    std::vector<Row> rows;
    for (const rpc::ListenerStatus &listener : status.listeners)
        rows.push_back({text(listener.name + " " + listener.protocol + " " + listener.address),
                        {{text(listener.name), Tone::plain, {}},
                         listener.bound ? Cell{tr("Listening"), Tone::good, {}}
                                        : Cell{tr("Not listening"), Tone::bad, text(listener.reason)},
                         {text(listener.protocol), Tone::plain, {}},
                         {text(listener.address), Tone::plain, {}},
                         {text(listener.reason), Tone::plain, {}}},
                        {}});
    return rows;
}

} // namespace mainstay::models
