// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/unnamed_hosts.h"

#include "engine/tls_certificate_table.h"
#include "schema/node.h"

#include <algorithm>
#include <set>
#include <vector>

namespace mainstay::control {

namespace {

constexpr std::size_t kMostTold = 3; // of names in a message

using Names = std::vector<std::string>;
using Keys = std::set<std::string, std::less<>>;

bool isNamed(const std::string &host, const Keys &keys)
{
    return engine::findByServerName(host, [&keys](std::string_view key) { return keys.contains(key); });
}

std::string listOf(const Names &names)
{
    std::string list;
    for (std::size_t i = 0; i < std::min(names.size(), kMostTold); ++i)
        list += (i > 0 ? ", " : "") + names[i];
    if (names.size() > kMostTold)
        list += " and " + std::to_string(names.size() - kMostTold) + " more";
    return list;
}

class Search {
public:
    Search(const config::Configuration &configuration, const schema::Origins &origins,
           const std::map<std::string, engine::TlsCertificate::Pointer> &certificates)
        : m_configuration(configuration), m_origins(origins), m_certificates(certificates)
    {}

    Problems run()
    {
        for (const auto &[name, listener] : m_configuration.listeners)
            if (listener.protocol == config::Protocol::https)
                m_shown.emplace(name, keysOn(name, listener));
        Problems problems;
        for (const auto &[name, site] : m_configuration.sites)
            look(name, site, problems);
        return problems;
    }

private:
    static bool listensOn(const config::SiteConfig &site, const std::string &listener)
    {
        const auto isIt = [&listener](const auto &reference) { return reference.name == listener; };
        return site.listeners.empty() || std::ranges::any_of(site.listeners, isIt);
    }

    [[nodiscard]] bool isKnown(const std::string &certificate) const
    {
        const auto config = m_configuration.certificates.find(certificate);
        return m_certificates.contains(certificate) || (config != m_configuration.certificates.end() &&
                                                        config->second.source == config::CertificateSource::local);
    }

    [[nodiscard]] Names namesOf(const std::string &certificate) const
    {
        if (const auto prepared = m_certificates.find(certificate); prepared != m_certificates.end())
            return prepared->second->names();
        Names names;
        if (const auto config = m_configuration.certificates.find(certificate);
            config != m_configuration.certificates.end())
            for (const config::HostPattern &host : config->second.names)
                names.push_back(host.pattern);
        return names;
    }

    [[nodiscard]] Keys keysOn(const std::string &name, const config::ListenerConfig &listener) const
    {
        Keys keys;
        const auto add = [&](const std::string &certificate) {
            for (const std::string &one : namesOf(certificate))
                keys.emplace(engine::certificateKey(one));
        };
        add(listener.defaultCertificate.name);
        for (const auto &[siteName, site] : m_configuration.sites)
            if (listensOn(site, name))
                add(site.certificate.name);
        return keys;
    }

    void look(const std::string &name, const config::SiteConfig &site, Problems &problems) const
    {
        if (site.certificate.empty() || !isKnown(site.certificate.name))
            return; // validation tells, or what it is prepared by
        Names unnamed;
        for (const config::HostPattern &host : site.hosts) {
            const bool isMissed = std::ranges::any_of(m_shown, [&](const auto &shown) {
                return listensOn(site, shown.first) && !isNamed(host.pattern, shown.second);
            });
            if (isMissed && !host.matchesAll())
                unnamed.push_back(host.pattern);
        }
        if (unnamed.empty())
            return;
        const std::string path = schema::joinPath("site", name) + ".certificate";
        const config::CertificateConfig &config = m_configuration.certificates.at(site.certificate.name);
        const bool isLocal = config.source == config::CertificateSource::local;
        const Names names = namesOf(site.certificate.name);
        std::string message = "certificate " + site.certificate.name;
        if (!isLocal)
            message += " in " + config.certificate.path;
        message += " is not for " + listOf(unnamed) + ", so clients will refuse it there: it names " +
                   (names.empty() ? "no host; a common name alone does not count" : listOf(names));
        problems.push_back({"certificate.unnamed-host", path, std::move(message),
                            isLocal ? "add the hosts to the certificate's `names`"
                                    : "name another certificate, or get one whose subjectAltName has the hosts",
                            m_origins.place(path), Severity::warning});
    }

    const config::Configuration &m_configuration;
    const schema::Origins &m_origins;
    const std::map<std::string, engine::TlsCertificate::Pointer> &m_certificates;
    std::map<std::string, Keys> m_shown; // by HTTPS listener
};

} // namespace

Problems findUnnamedHosts(const config::Configuration &configuration, const schema::Origins &origins,
                          const std::map<std::string, engine::TlsCertificate::Pointer> &certificates)
{
    return Search(configuration, origins, certificates).run();
}

} // namespace mainstay::control
