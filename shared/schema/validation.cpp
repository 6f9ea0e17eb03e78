// SPDX-License-Identifier: GPL-3.0-or-later
// Rules that hold for every object by its description, then those of each kind.
#include "schema/validation.h"

#include "schema/backend_rules.h"
#include "schema/database_rules.h"
#include "schema/handler_rules.h"
#include "schema/kinds.h"
#include "schema/log_rules.h"
#include "schema/near_miss.h"
#include "schema/node.h"
#include "schema/protection_rules.h"
#include "schema/route_rules.h"

#include <algorithm>
#include <map>
#include <utility>

namespace mainstay::schema {
namespace {

using namespace config;

// Required settings are set, and references lead somewhere.
class DescribedRules {
public:
    DescribedRules(const Configuration &configuration, Completeness completeness, Findings &findings)
        : m_configuration(configuration), m_completeness(completeness), m_findings(findings)
    {}

    template <Described T>
    void check(const T &object, const std::string &path)
    {
        forEachSetting(object, [&](const auto &value, const char *name, const Setting &setting) {
            checkSetting(value, joinPath(path, name), setting);
        });
    }

private:
    template <class T>
    void checkSetting(const T &value, const std::string &path, const Setting &setting)
    {
        if constexpr (NamedObjects<T>) {
            for (const auto &[name, object] : value)
                check(object, joinPath(path, name));
        } else if constexpr (Described<T>) {
            check(value, path);
        } else {
            if constexpr (requires { value.empty(); })
                if (setting.required && value.empty() && !m_findings.concern(path))
                    m_findings.error("config.missing-setting", path, "this setting is required", setting.help);
            if constexpr (List<T>)
                checkList(value, path, setting);
            if constexpr (ReferenceValue<T>)
                checkReference<typename T::Target>(value.name, path);
        }
    }

    template <class T>
    void checkList(const std::vector<T> &list, const std::string &path, Setting setting)
    {
        setting.required = false; // the list is, not what is in it
        for (std::size_t index = 0; index < list.size(); ++index) {
            const std::string where = itemPath(path, index);
            if constexpr (requires { list[index].empty(); })
                if (list[index].empty() && !m_findings.concern(where))
                    m_findings.error("config.empty-item", where, "this is empty", "write something or leave it out");
            checkSetting(list[index], where, setting);
        }
    }

    template <class Target>
    void checkReference(const std::string &name, const std::string &path)
    {
        if (name.empty() || m_completeness == Completeness::partial || m_findings.full())
            return;
        forEachSetting(m_configuration, [&](const auto &objects, const char *kind, const Setting &) {
            if constexpr (std::same_as<decltype(objects), const Named<Target> &>) {
                if (objects.contains(name))
                    return;
                std::vector<std::string_view> names;
                if (objects.size() <= kMaxCandidates)
                    for (const auto &[known, object] : objects)
                        names.push_back(known);
                std::string remedy = suggestion(name, names);
                if (remedy.empty())
                    remedy = "define [" + joinPath(kind, name) + "]";
                m_findings.error("config.unknown-reference", path, "no " + std::string(kind) + " `" + name + "`",
                                 std::move(remedy));
            }
        });
    }

    const Configuration &m_configuration;
    Completeness m_completeness;
    Findings &m_findings;
};

class ObjectRules {
public:
    ObjectRules(const Configuration &configuration, Completeness completeness, Findings &findings)
        : m_configuration(configuration), m_whole(completeness == Completeness::whole), m_findings(findings)
    {}

    void check()
    {
        checkListeners();
        for (const auto &[name, certificate] : m_configuration.certificates)
            checkCertificate(certificate, joinPath("certificate", name));
        for (const auto &[name, backend] : m_configuration.backends) {
            checkBackend(backend, joinPath("backend", name), m_findings);
            if (backend.servers.empty() && m_whole)
                m_findings.warning("backend.no-servers", joinPath("backend", name), "has no servers",
                                   "add [" + joinPath(joinPath("backend", name), "server") + ".a] with its address");
        }
        for (const auto &[name, app] : m_configuration.apps)
            checkApp(app, joinPath("app", name));
        for (const auto &[name, database] : m_configuration.databases)
            checkDatabase(database, joinPath("database", name), m_findings);
        for (const auto &[name, site] : m_configuration.sites)
            checkSite(site, joinPath("site", name));
        for (const auto &[name, zone] : m_configuration.zones)
            listenersOf(zone.listeners, joinPath("zone", name), "DNS",
                        [](const ListenerConfig &listener) { return listener.protocol == Protocol::dns; });
        checkLogs(m_configuration, m_findings);
        for (const auto &[name, cache] : m_configuration.caches)
            if (cache.largestObject.bytes > cache.memory.bytes / 4)
                m_findings.error("cache.object-too-large", joinPath(joinPath("cache", name), "largest_object"),
                                 "is more than a quarter of `memory`, " + cache.memory.text(),
                                 "raise `memory`, or lower it");
    }

private:
    using ListenerEntry = std::pair<const std::string, ListenerConfig>;

    void checkListeners()
    {
        std::map<Endpoint, std::string> taken;
        for (const auto &[name, listener] : m_configuration.listeners) {
            const std::string path = joinPath(joinPath("listener", name), "address");
            for (std::size_t index = 0; index < listener.address.size(); ++index) {
                const Endpoint &address = listener.address[index];
                const auto [other, isNew] = taken.try_emplace(address, itemPath(path, index));
                if (!isNew && address.port != 0)
                    m_findings.error("listener.address-taken", itemPath(path, index),
                                     address.text() + " is taken by " + other->second, "use another port or address");
            }
        }
    }

    void checkCertificate(const CertificateConfig &certificate, const std::string &path)
    {
        const auto need = [&](bool present, const char *setting, const char *source) {
            const std::string where = joinPath(path, setting);
            if (!present && !m_findings.concern(where))
                m_findings.error("certificate.incomplete", where,
                                 std::string("this setting is required with source `") + source + "`",
                                 std::string("add `") + setting + "` or use another `source`");
        };
        if (certificate.source == CertificateSource::local) {
            need(!certificate.names.empty(), "names", "local");
        } else {
            need(!certificate.certificate.empty(), "certificate", "files");
            need(!certificate.key.empty(), "key", "files");
        }
        const auto alternative = m_configuration.certificates.find(certificate.alternative.name);
        if (alternative != m_configuration.certificates.end() && !alternative->second.alternative.empty())
            m_findings.error("certificate.alternatives", joinPath(path, "alternative"),
                             "`" + alternative->first + "` has an alternative itself",
                             "name one that has none: a certificate is shown in two kinds at the most");
        for (std::size_t index = 0; index < certificate.names.size(); ++index)
            if (certificate.names[index].matchesAll())
                m_findings.error("certificate.any-name", itemPath(joinPath(path, "names"), index),
                                 "a certificate cannot be for every name", "list the names");
    }

    void checkSite(const SiteConfig &site, const std::string &path)
    {
        const auto listeners = listenersOf(site.listeners, path, "HTTP or HTTPS", [](const ListenerConfig &listener) {
            return listener.protocol != Protocol::dns;
        });
        for (const ListenerEntry *listener : listeners)
            if (listener->second.protocol == Protocol::https && site.certificate.empty() &&
                listener->second.defaultCertificate.empty())
                m_findings.error("site.no-certificate", joinPath(path, "certificate"),
                                 "no certificate for the HTTPS listener `" + listener->first + "`",
                                 "set `certificate` here or `default_certificate` of the listener");
        if (!site.clientAuthorities.empty() && m_whole &&
            std::none_of(listeners.begin(), listeners.end(),
                         [](const ListenerEntry *one) { return one->second.protocol == Protocol::https; }))
            m_findings.warning("site.no-https", joinPath(path, "client_authorities"),
                               "clients show certificates by HTTPS alone, and the site is on no HTTPS listener",
                               "add a listener with protocol = \"https\"");
        for (std::size_t index = 0; index < site.hosts.size(); ++index)
            claimHost(site.hosts[index], itemPath(joinPath(path, "hosts"), index), listeners);
        if (site.routes.empty() && !m_findings.concern(joinPath(path, "route")))
            m_findings.warning("site.no-routes", path, "has no routes, so every request is answered with 404",
                               "add [[" + path + ".route]] with `root`, `backend` or `app`");
        checkProtection(site, m_configuration, path, m_findings);
        checkRoutes(site, m_configuration, path, m_findings);
        if (site.httpsOnly && m_whole && std::none_of(listeners.begin(), listeners.end(), [](const ListenerEntry *one) {
                return one->second.protocol == Protocol::https;
            }))
            m_findings.error("site.no-https", joinPath(path, "https_only"), "there is no HTTPS listener for it",
                             "add [listener.NAME] with protocol = \"https\"");
    }

    void claimHost(const HostPattern &host, const std::string &path,
                   const std::vector<const ListenerEntry *> &listeners)
    {
        if (host.empty())
            return;
        for (const ListenerEntry *listener : listeners) {
            const auto [other, isNew] = m_hosts.try_emplace({&listener->second, host.pattern}, path);
            if (isNew)
                continue;
            m_findings.error("site.duplicate-host", path,
                             "`" + host.pattern + "` is taken on listener `" + listener->first + "` by " +
                                 other->second + atPlace(other->second),
                             "give each host to one site");
            return;
        }
    }

    void checkApp(const AppConfig &app, const std::string &path)
    {
        const auto unfit = [&](const char *setting, const std::string &message, const std::string &remedy) {
            const std::string where = joinPath(path, setting);
            if (!m_findings.concern(where))
                m_findings.error("app.unfit", where, message, remedy);
        };
        if (app.kind == AppKind::program) {
            if (app.command.empty())
                unfit("command", "this setting is required", "name the program to start");
            if (!app.handlers.empty())
                unfit("handler", "a program brings its own handlers", "set kind = \"handlers\" or leave them out");
            return;
        }
        if (!app.command.empty())
            unfit("command", "handlers are run by a program of ours", "leave it out, or set kind = \"program\"");
        if (app.listen == AppListen::socket)
            unfit("listen", "handlers listen on a port", "leave it out");
        if (app.protocol != AppProtocol::http)
            unfit("protocol", "handlers speak HTTP", "leave it out");
        if (app.handlers.empty() && m_whole)
            m_findings.warning("app.no-handlers", path, "has no handlers, so every request is answered with 404",
                               "add [[" + path + ".handler]]");
        const auto database = m_configuration.databases.find(app.database.name);
        const bool isKnown = database != m_configuration.databases.end();
        checkHandlers(app, isKnown ? dialectOf(database->second.driver) : SqlDialect::other, joinPath(path, "handler"),
                      m_findings);
        const bool hasSql =
            std::ranges::any_of(app.handlers, [](const HandlerConfig &each) { return !each.sql.empty(); });
        if (hasSql && app.database.empty())
            unfit("database", "its handlers have statements, and there is no database for them",
                  "set `database` to the name of one");
    }

    // The listeners named, or all that fit when none is.
    template <class Fits>
    std::vector<const ListenerEntry *> listenersOf(const std::vector<Reference<ListenerConfig>> &named,
                                                   const std::string &path, const std::string &wanted, Fits fits)
    {
        std::vector<const ListenerEntry *> listeners;
        for (std::size_t index = 0; index < named.size(); ++index) {
            const auto found = m_configuration.listeners.find(named[index].name);
            if (found == m_configuration.listeners.end())
                continue;
            if (fits(found->second))
                listeners.push_back(&*found);
            else
                m_findings.error("listener.wrong-protocol", itemPath(joinPath(path, "listeners"), index),
                                 "listener `" + found->first + "` speaks " +
                                     std::string(enumName(found->second.protocol)),
                                 "name one for " + wanted);
        }
        if (named.empty()) {
            for (const ListenerEntry &entry : m_configuration.listeners)
                if (fits(entry.second))
                    listeners.push_back(&entry);
            if (listeners.empty() && m_whole)
                m_findings.warning("listener.none", path, "there is no listener for it",
                                   "add [listener.NAME] for " + wanted);
        }
        return listeners;
    }

    [[nodiscard]] std::string atPlace(const std::string &path) const
    {
        const std::string place = m_findings.origins().place(path).text();
        return place.empty() ? place : " (" + place + ")";
    }

    const Configuration &m_configuration;
    bool m_whole;
    Findings &m_findings;
    std::map<std::pair<const ListenerConfig *, std::string>, std::string> m_hosts;
};

} // namespace

void validate(const Configuration &configuration, Completeness completeness, Findings &findings)
{
    DescribedRules(configuration, completeness, findings).check(configuration, {});
    ObjectRules(configuration, completeness, findings).check();
}

} // namespace mainstay::schema
