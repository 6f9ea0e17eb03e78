// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/snapshot_builder.h"

#include "control/app_service.h"
#include "control/guard_builder.h"
#include "engine/tls_certificate_table.h"
#include "wire/http_chars.h"

#include <algorithm>

namespace mainstay::control {

namespace {

constexpr std::uint16_t kHttpsPort = 443;
constexpr const char *kRememberHttps = "max-age=31536000"; // a year (RFC 6797 section 6.1.1)

// Empty means every listener of the right protocol.
template <class References>
bool listensOn(const References &listeners, const std::string &name)
{
    return listeners.empty() || std::any_of(listeners.begin(), listeners.end(),
                                            [&name](const auto &reference) { return reference.name == name; });
}

// As certificates have it: an address without brackets, a name without the dot that ends it.
std::string certificateName(const std::string &name)
{
    const auto host = config::HostPattern::parse(name);
    if (!host)
        return name;
    const bool isAddress = host->pattern.starts_with('[');
    return isAddress ? host->pattern.substr(1, host->pattern.size() - 2) : host->pattern;
}

std::optional<PeerAddress> peerOf(const config::ServerAddress &address, const Prepared &prepared)
{
    if (!address.socket.empty())
        return UnixAddress{address.socket};
    if (const auto endpoint = address.tcp.endpoint())
        return *endpoint;
    const auto found = prepared.addresses.find(address.tcp.host);
    if (found == prepared.addresses.end())
        return std::nullopt;
    return Endpoint{found->second, address.tcp.port};
}

// The usual one where the site has it.
std::uint16_t httpsPortOf(const config::SiteConfig &site, const config::Configuration &configuration)
{
    std::optional<std::uint16_t> first;
    for (const auto &[name, listener] : configuration.listeners) {
        if (listener.protocol != config::Protocol::https || !listensOn(site.listeners, name))
            continue;
        for (const auto &address : listener.address) {
            if (address.port == kHttpsPort)
                return kHttpsPort;
            first = first.value_or(address.port);
        }
    }
    return first.value_or(kHttpsPort);
}

// Each name as the last one says that sets it or takes it away, and with what is added behind that.
std::vector<config::FieldEdit> responseEditsOf(const config::SiteConfig &site, const config::RouteConfig &route)
{
    std::vector<config::FieldEdit> edits;
    const auto take = [&edits](const config::FieldEdit &edit) {
        if (edit.action != config::FieldEdit::Action::add)
            std::erase_if(edits, [&edit](const config::FieldEdit &earlier) {
                return wire::equalsIgnoringCase(earlier.name, edit.name);
            });
        edits.push_back(edit);
    };
    if (site.httpsOnly)
        take({config::FieldEdit::Action::set, "Strict-Transport-Security", kRememberHttps});
    std::for_each(site.responseHeaders.begin(), site.responseHeaders.end(), take);
    std::for_each(route.responseHeaders.begin(), route.responseHeaders.end(), take);
    return edits;
}

} // namespace

SnapshotBuilder::SnapshotBuilder(CellRegistry &cells, engine::TlsContext::Pointer tls)
    : m_cells(cells), m_tls(std::move(tls))
{}

std::shared_ptr<const snapshot::Publication> SnapshotBuilder::build(const config::Configuration &configuration,
                                                                    const Prepared &prepared, const Backends &apps,
                                                                    const RequestLogs &logs, const Caches &caches)
{
    auto next = std::make_shared<snapshot::Snapshot>();
    next->generation = m_current->generation + 1;
    next->drainTimeout = configuration.service.drainTimeout;
    m_dropped.clear();
    buildBackends(configuration, prepared, apps);
    buildSites(configuration, prepared, logs, caches);
    next->logs = logs.open;
    next->serviceLogs = logs.ofService;
    for (const auto &[name, backend] : m_backends)
        next->backends.push_back(backend);
    for (const auto &[name, listener] : configuration.listeners) {
        if (listener.protocol == config::Protocol::dns)
            buildDnsListener(name, configuration, prepared, *next);
        else
            buildHttpListener(name, configuration, prepared, *next);
    }
    std::erase_if(m_zones, [&next](const auto &entry) { return !next->dnsListeners.contains(entry.first); });
    const auto isGone = [&next](const auto &entry) { return !next->httpListeners.contains(entry.first); };
    std::erase_if(m_patterns, isGone);
    std::erase_if(m_selections, isGone);

    m_current = next;
    auto publication = std::make_shared<snapshot::Publication>();
    publication->snapshot = m_current;
    publication->dropped = std::move(m_dropped);
    m_dropped.clear();
    return publication;
}

void SnapshotBuilder::buildBackends(const config::Configuration &configuration, const Prepared &prepared,
                                    const Backends &apps)
{
    std::erase_if(m_backends, [&](const auto &entry) {
        const auto isApp = [&entry](const auto &app) { return app->name == entry.first; };
        return !configuration.backends.contains(entry.first) && std::none_of(apps.begin(), apps.end(), isApp);
    });
    for (const auto &app : apps) {
        std::shared_ptr<const snapshot::Backend> &place = m_backends[app->name];
        if (!place || *place != *app)
            place = app;
    }
    for (const auto &[name, config] : configuration.backends) {
        auto next = std::make_shared<snapshot::Backend>();
        const CellRegistry::Backend cell = m_cells.backend(name);
        next->name = name;
        next->config = config;
        next->cell = cell.cell;
        next->number = cell.number;
        if (config.protocol == config::BackendProtocol::fastcgi) {
            // A process serves one request at a time: none is to wait for a client.
            next->protocol = config::AppProtocol::fastcgi;
            next->buffers = true;
        }
        const auto tls = prepared.serverTls.find(name);
        for (const auto &[id, server] : config.servers) {
            snapshot::Server &made = next->servers.emplace_back();
            made = {id, server, peerOf(server.address, prepared), m_cells.server({name, id})};
            made.speaksHttp2 = config::isHttp2(config.protocol);
            if (!config::isOverTls(config.protocol))
                continue;
            made.tlsName = certificateName(config.tlsName.empty() ? server.address.tcp.host : config.tlsName);
            if (tls != prepared.serverTls.end())
                made.tls = tls->second;
            else
                made.endpoint.reset(); // never without
        }
        std::shared_ptr<const snapshot::Backend> &place = m_backends[name];
        if (!place || *place != *next)
            place = std::move(next);
    }
}

void SnapshotBuilder::buildSites(const config::Configuration &configuration, const Prepared &prepared,
                                 const RequestLogs &logs, const Caches &caches)
{
    const auto cacheOf = [&caches](const config::RouteConfig &route) {
        const auto cache = caches.find(route.cache.name);
        return cache == caches.end() ? nullptr : cache->second;
    };
    const auto rulesOf = [&configuration](const config::RouteConfig &route) {
        const auto cache = configuration.caches.find(route.cache.name);
        return cache == configuration.caches.end() ? cache::Rules{} : cacheRulesOf(cache->second, route);
    };
    const GuardBuilder guards(m_cells, configuration, prepared, [this](const config::Protection &rules) {
        return backendOf(rules.authBackend.name, rules.authApp.name);
    });
    const auto isCurrent = [&](const snapshot::Route &route) {
        return route.backend == backendOf(route.config.backend.name, route.config.app.name) &&
               route.mirror == backendOf(route.config.mirror.name, {}) && guards.isCurrent(route.guards.get()) &&
               route.cache == cacheOf(route.config) && route.cacheRules == rulesOf(route.config);
    };
    std::erase_if(m_sites, [&](const auto &entry) {
        if (configuration.sites.contains(entry.first))
            return false;
        m_dropped.push_back(entry.second);
        return true;
    });
    for (const auto &[name, config] : configuration.sites) {
        const std::uint16_t httpsPort = httpsPortOf(config, configuration);
        const auto trusted = prepared.clientTrust.find(name);
        const auto clientTrust = trusted == prepared.clientTrust.end() ? nullptr : trusted->second;
        std::vector<std::shared_ptr<const logs::RequestLog>> ownLogs = logs.named(config.logs);
        std::shared_ptr<const snapshot::Site> &place = m_sites[name];
        const bool same = place && place->config() == config && place->httpsPort() == httpsPort &&
                          place->clientTrust() == clientTrust && place->logs() == ownLogs &&
                          std::all_of(place->routes().begin(), place->routes().end(), isCurrent);
        if (same)
            continue;
        if (place)
            m_dropped.push_back(place);
        std::vector<snapshot::Route> routes;
        for (const config::RouteConfig &route : config.routes) {
            const auto pattern = route.pattern.empty() ? nullptr : snapshot::compilePattern(route.pattern);
            if (!route.pattern.empty() && !pattern)
                continue; // set aside, and told of
            routes.push_back({route, backendOf(route.backend.name, route.app.name), pattern,
                              responseEditsOf(config, route), backendOf(route.mirror.name, {}),
                              guards.make(name, config, route), cacheOf(route), rulesOf(route), cacheTagOf(route)});
        }
        place = std::make_shared<const snapshot::Site>(name, config, std::move(routes), m_cells.site(name),
                                                       m_cells.workers(), httpsPort, clientTrust, std::move(ownLogs),
                                                       responseEditsOf(config, {}));
    }
}

std::shared_ptr<const snapshot::Backend> SnapshotBuilder::backendOf(const std::string &name,
                                                                    const std::string &app) const
{
    const auto backend = m_backends.find(app.empty() ? name : AppService::backendName(app));
    return backend == m_backends.end() ? nullptr : backend->second;
}

void SnapshotBuilder::buildHttpListener(const std::string &name, const config::Configuration &configuration,
                                        const Prepared &prepared, snapshot::Snapshot &next)
{
    const auto previous = m_current->httpListeners.find(name);
    const bool existed = previous != m_current->httpListeners.end();
    auto listener = std::make_shared<snapshot::HttpListener>();
    listener->name = name;
    listener->config = configuration.listeners.at(name);
    listener->cell = m_cells.listener(name);
    listener->ipv6Prefix = configuration.service.ipv6Prefix;
    if (listener->config.clientConnections > 0)
        listener->clientCounts = m_cells.clientCounts();
    if (existed)
        listener->hosts = previous->second->hosts;
    if (listener->config.protocol == config::Protocol::https) {
        listener->tls = m_tls;
        listener->certificates = certificatesFor(name, configuration, prepared);
    }

    Patterns patterns;
    for (const auto &[siteName, site] : configuration.sites) {
        if (!listensOn(site.listeners, name))
            continue;
        for (const config::HostPattern &host : site.hosts)
            patterns.emplace(host.pattern, m_sites.at(siteName));
    }
    Patterns &before = m_patterns[name];
    bool edited = false;
    for (const auto &[pattern, site] : before) {
        if (!patterns.contains(pattern)) {
            listener->hosts = listener->hosts.without(pattern);
            edited = true;
        }
    }
    for (const auto &[pattern, site] : patterns) {
        const auto known = before.find(pattern);
        if (known == before.end() || known->second != site) {
            listener->hosts = listener->hosts.with(pattern, site);
            edited = true;
        }
    }
    before = std::move(patterns);

    const bool same = existed && !edited && previous->second->config == listener->config &&
                      previous->second->ipv6Prefix == listener->ipv6Prefix &&
                      previous->second->certificates == listener->certificates;
    next.httpListeners.emplace(name, same ? previous->second : std::move(listener));
}

void SnapshotBuilder::buildDnsListener(const std::string &name, const config::Configuration &configuration,
                                       const Prepared &prepared, snapshot::Snapshot &next)
{
    const auto previous = m_current->dnsListeners.find(name);
    const bool existed = previous != m_current->dnsListeners.end();
    auto listener = std::make_shared<snapshot::DnsListener>();
    listener->name = name;
    listener->config = configuration.listeners.at(name);
    listener->cell = m_cells.listener(name);
    listener->outside = m_cells.zone("");
    if (existed)
        listener->zones = previous->second->zones;

    Zones zones;
    for (const auto &[zoneName, zone] : configuration.zones) {
        const auto loaded = prepared.zones.find(zoneName);
        if (listensOn(zone.listeners, name))
            zones.emplace(zoneName, loaded == prepared.zones.end() ? nullptr : loaded->second.zone);
    }
    Zones &before = m_zones[name];
    bool edited = false;
    for (const auto &[zoneName, zone] : before) {
        if (!zones.contains(zoneName)) {
            if (const auto apex = wire::Name::parse(zoneName))
                listener->zones = listener->zones.without(*apex);
            edited = true;
        }
    }
    for (const auto &[zoneName, zone] : zones) {
        const auto known = before.find(zoneName);
        if (known == before.end() || known->second != zone) {
            if (zone)
                listener->zones = listener->zones.with(zone, m_cells.zone(zoneName));
            else if (const auto apex = wire::Name::parse(zoneName))
                listener->zones = listener->zones.withoutData(*apex, m_cells.zone(zoneName));
            edited = true;
        }
    }
    before = std::move(zones);
    const bool same = existed && !edited && previous->second->config == listener->config;
    next.dnsListeners.emplace(name, same ? previous->second : std::move(listener));
}

std::shared_ptr<const engine::CertificateSelector>
SnapshotBuilder::certificatesFor(const std::string &listener, const config::Configuration &configuration,
                                 const Prepared &prepared)
{
    std::vector<engine::TlsCertificate::Pointer> certificates{nullptr};
    const auto prepare = [&prepared](const std::string &name) {
        const auto found = prepared.certificates.find(name);
        return found == prepared.certificates.end() ? nullptr : found->second;
    };
    certificates.front() = prepare(configuration.listeners.at(listener).defaultCertificate.name);
    std::map<std::string, engine::TlsCertificate::Pointer> ofHosts;
    engine::TlsCertificate::Pointer ofAnyHost;
    for (const auto &[name, site] : configuration.sites) {
        if (site.certificate.empty() || !listensOn(site.listeners, listener))
            continue;
        const auto certificate = prepare(site.certificate.name);
        if (!certificate)
            continue;
        certificates.push_back(certificate);
        for (const config::HostPattern &host : site.hosts) {
            if (host.matchesAll())
                ofAnyHost = certificate;
            else
                ofHosts.emplace(host.pattern, certificate);
        }
    }
    if (!certificates.front())
        certificates.front() = ofAnyHost;

    ClientTrust clientTrust = clientTrustFor(listener, configuration);
    Selection &selection = m_selections[listener];
    if (selection.selector && selection.certificates == certificates && selection.ofHosts == ofHosts &&
        selection.clientTrust == clientTrust)
        return selection.selector;
    auto table = std::make_shared<engine::TlsCertificateTable>();
    table->setDefault(certificates.front());
    for (const auto &certificate : certificates) {
        if (certificate)
            table->add(certificate);
    }
    table->addForHosts(ofHosts);
    for (const auto &[host, trust] : clientTrust)
        table->askClients(host, trust);
    selection = {std::move(certificates), std::move(ofHosts), std::move(clientTrust), table};
    return table;
}

SnapshotBuilder::ClientTrust SnapshotBuilder::clientTrustFor(const std::string &listener,
                                                             const config::Configuration &configuration) const
{
    ClientTrust all;
    bool isAsked = false;
    for (const auto &[name, site] : configuration.sites) {
        if (!listensOn(site.listeners, listener))
            continue;
        const engine::TlsClientTrust::Pointer &trust = m_sites.at(name)->clientTrust();
        isAsked |= trust != nullptr;
        for (const config::HostPattern &host : site.hosts)
            all.emplace(host.pattern, trust);
    }
    return isAsked ? all : ClientTrust();
}

} // namespace mainstay::control
