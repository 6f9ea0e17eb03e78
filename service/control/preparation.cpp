// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/preparation.h"

#include "certificates/certificate_files.h"
#include "certificates/local_authority.h"
#include "certificates/whole_file.h"
#include "control/backend_tls.h"
#include "control/large_error_pages.h"
#include "control/name_lookup.h"
#include "control/unnamed_hosts.h"
#include "control/unusable_apps.h"
#include "control/user_file.h"
#include "databases/secrets.h"
#include "schema/node.h"
#include "snapshot/route.h"
#include "wire/dns_name.h"

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

namespace mainstay::control {

namespace {

class Preparing {
public:
    Preparing(const config::Configuration &configuration, const schema::Origins &origins,
              const Surroundings &surroundings, const Prepared &before)
        : m_configuration(configuration), m_origins(origins), m_surroundings(surroundings), m_before(before),
          m_zoneReader(surroundings.state, !surroundings.readOnly)
    {}

    Prepared run()
    {
        prepareCertificates();
        prepareClientTrust();
        prepareServerTls();
        prepareZones();
        prepareAddresses();
        prepareUsers();
        checkHosts();
        checkFolders();
        checkErrorPages();
        checkPatterns();
        checkApps();
        checkDatabases();
        return std::move(m_result);
    }

private:
    void problem(const Error &error, const std::string &path, Severity severity = Severity::error)
    {
        m_result.problems.push_back({error.code, path, error.message, error.remedy, m_origins.place(path), severity});
    }

    void prepareCertificates()
    {
        // Those that may be another one's alternative come first.
        for (const bool hasAlternative : {false, true})
            for (const auto &[name, certificate] : m_configuration.certificates)
                if (certificate.alternative.empty() != hasAlternative)
                    prepareCertificate(name, certificate);
    }

    void prepareCertificate(const std::string &name, const config::CertificateConfig &certificate)
    {
        const std::string path = schema::joinPath("certificate", name);
        if (certificate.source == config::CertificateSource::local)
            prepareLocal(name, certificate, path);
        else
            prepareFiles(name, certificate, path);
    }

    void prepareClientTrust()
    {
        for (const auto &[name, site] : m_configuration.sites) {
            if (site.clientAuthorities.empty())
                continue;
            const auto text = certificates::readFile(site.clientAuthorities.path);
            auto trust = text ? engine::TlsClientTrust::fromPem({text->view(), site.clientAuthorities.path})
                              : tl::unexpected(text.error());
            const auto known = m_before.clientTrust.find(name);
            const bool isKnown = known != m_before.clientTrust.end();
            if (!trust)
                problem(trust.error(), schema::joinPath(schema::joinPath("site", name), "client_authorities"));
            if (isKnown && (!trust || (*trust)->isSameAs(*known->second)))
                m_result.clientTrust.insert(*known);
            else if (trust)
                m_result.clientTrust.emplace(name, std::move(*trust));
        }
    }

    void prepareServerTls()
    {
        BackendTls tls(m_before.serverTls);
        for (const auto &[name, backend] : m_configuration.backends) {
            if (!config::isOverTls(backend.protocol))
                continue;
            const auto certificate = m_result.certificates.find(backend.tlsCertificate.name);
            const bool isShown = certificate != m_result.certificates.end();
            if (!backend.tlsCertificate.empty() && !isShown)
                continue; // which has a problem of its own
            auto context = tls.prepare(name, backend, isShown ? certificate->second : nullptr);
            const auto known = m_before.serverTls.find(name);
            if (!context)
                problem(context.error(), joinedPath("backend", name, backend.tlsCa.empty() ? "protocol" : "tls_ca"));
            if (context)
                m_result.serverTls.emplace(name, std::move(*context));
            else if (known != m_before.serverTls.end()) // what was right is used until its files are again
                m_result.serverTls.insert(*known);
        }
    }

    static std::string joinedPath(const char *kind, const std::string &name, const char *setting)
    {
        return schema::joinPath(schema::joinPath(kind, name), setting);
    }

    void prepareLocal(const std::string &name, const config::CertificateConfig &certificate, const std::string &path)
    {
        if (m_surroundings.readOnly)
            return; // issuing it would write
        const WallTime now = WallClock::now();
        if (!m_authority)
            m_authority.emplace(certificates::LocalAuthority::open(m_surroundings.state, m_surroundings.hostName, now));
        if (!*m_authority)
            return problem(m_authority->error(), path);
        std::vector<std::string> names;
        for (const config::HostPattern &host : certificate.names)
            names.push_back(host.pattern);
        auto issued = (*m_authority)->certificate(name, names, now);
        if (issued) {
            m_result.certificates.emplace(name, keepIfSame(name, std::move(*issued)));
        } else {
            keepUsable(name);
            problem(issued.error(), path);
        }
    }

    void prepareFiles(const std::string &name, const config::CertificateConfig &certificate, const std::string &path)
    {
        if (certificate.certificate.empty() || certificate.key.empty())
            return; // validation tells
        const auto alternative = m_result.certificates.find(certificate.alternative.name);
        auto loaded = certificates::loadCertificateFiles(
            {certificate.certificate.path, certificate.key.path, certificate.ocsp.path}, path, WallClock::now(),
            alternative == m_result.certificates.end() ? nullptr : alternative->second);
        if (!loaded) {
            keepUsable(name);
            return problem(loaded.error(), path);
        }
        for (Problem &warning : loaded->warnings) {
            if (warning.source.file.empty())
                warning.source = m_origins.place(path);
            m_result.problems.push_back(std::move(warning));
        }
        m_result.certificates.emplace(name, keepIfSame(name, std::move(loaded->certificate)));
    }

    // What was right is shown until what it comes from is again.
    void keepUsable(const std::string &name)
    {
        if (const auto known = m_before.certificates.find(name); known != m_before.certificates.end())
            m_result.certificates.insert(*known);
    }

    // The object in use, where the certificate is the same: then nothing needs to be published for it.
    engine::TlsCertificate::Pointer keepIfSame(const std::string &name, engine::TlsCertificate::Pointer certificate)
    {
        const auto known = m_before.certificates.find(name);
        const bool same = known != m_before.certificates.end() && known->second->isSameAs(*certificate);
        return same ? known->second : certificate;
    }

    void prepareZones()
    {
        for (const auto &[name, zone] : m_configuration.zones)
            prepareZone(name, zone);
        if (const auto stored = m_zoneReader.store(); !stored) {
            problem(stored.error(), {});
            for (const std::string &name : m_zonesRead)
                m_result.zones.at(name).texts.clear();
        }
    }

    void prepareZone(const std::string &name, const config::ZoneConfig &zone)
    {
        if (zone.file.empty())
            return; // validation tells
        const std::string path = schema::joinPath("zone", name);
        const auto apex = wire::Name::parse(name);
        if (!apex)
            return problem({"zone.malformed-name", "\"" + name + "\" is not a domain name", {}}, path);
        const auto known = m_before.zones.find(name);
        const PreparedZone *current = known == m_before.zones.end() ? nullptr : &known->second;
        const bool isSameFile = current && current->file == zone.file.path;
        const auto applied = m_surroundings.appliedZones.find(name);
        const ZoneTexts *texts = applied == m_surroundings.appliedZones.end() ? nullptr : &applied->second;

        PreparedZone next;
        if (isSameFile && isStillRight(*current, texts)) {
            next = *current;
        } else {
            ZoneReader::Request request{*apex, path, zone.file.path, nullptr};
            if (current) {
                request.current = current->zone;
                request.lackingGlue = current->lackingGlue;
            }
            next = readZone(request, texts);
            if (next.zone)
                m_zonesRead.push_back(name);
        }
        for (const Problem &problem : next.problems)
            m_result.problems.push_back(problem);
        if (next.zone)
            m_result.zones.emplace(name, std::move(next));
        else if (isSameFile)
            m_result.zones.emplace(name, *current); // what was right is served until the file is again
    }

    [[nodiscard]] bool isStillRight(const PreparedZone &current, const ZoneTexts *texts) const
    {
        return !m_surroundings.readsZonesAgain || (texts ? current.texts == *texts : current.changedFiles().empty());
    }

    PreparedZone readZone(const ZoneReader::Request &request, const ZoneTexts *texts)
    {
        if (!texts)
            return m_zoneReader.readFromDisk(request);
        Result<PreparedZone> applied = m_zoneReader.readAsApplied(request, *texts);
        if (applied)
            return std::move(*applied);
        problem(applied.error(), request.path);
        return m_zoneReader.readFromDisk(request);
    }

    void prepareAddresses()
    {
        std::map<std::string, std::string> hosts; // to the path of a server that names it
        for (const auto &[backendName, backend] : m_configuration.backends) {
            for (const auto &[id, server] : backend.servers) {
                if (server.address.hostName().empty())
                    continue;
                const std::string servers = schema::joinPath(schema::joinPath("backend", backendName), "server");
                hosts.emplace(server.address.hostName(), schema::joinPath(servers, id) + ".address");
            }
        }
        for (const auto &[name, log] : m_configuration.logs) {
            if (!log.address.empty() && !log.address.endpoint())
                hosts.emplace(log.address.host, schema::joinPath("log", name) + ".address");
        }
        std::set<std::string> names;
        for (const auto &[host, path] : hosts)
            names.insert(host);
        m_result.addresses =
            lookUp(names, m_surroundings.lookupPatience, m_configuration.service.resolvers, m_before.addresses);
        for (const auto &[host, path] : hosts) {
            if (m_result.addresses.contains(host))
                continue;
            std::string message = "the name " + host + " does not resolve";
            if (const auto known = m_before.addresses.find(host); known != m_before.addresses.end()) {
                m_result.addresses.insert(*known);
                message += " any more; its last address " + known->second.text() + " is used";
            }
            problem({"server.unresolved", std::move(message), "it is looked up again regularly"}, path,
                    Severity::warning);
        }
    }

    void prepareUsers()
    {
        for (const auto &[name, site] : m_configuration.sites) {
            const std::string path = schema::joinPath("site", name);
            prepareUserFile(site.users.path, path + ".users");
            for (std::size_t index = 0; index < site.routes.size(); ++index)
                prepareUserFile(site.routes[index].users.path, path + ".route[" + std::to_string(index) + "].users");
        }
    }

    // What was right is used until the file is again.
    void prepareUserFile(const std::string &file, const std::string &path)
    {
        if (file.empty() || m_result.users.contains(file))
            return;
        const auto known = m_before.users.find(file);
        const auto before = known == m_before.users.end() ? nullptr : known->second;
        auto table = readUserFile(file);
        if (!table)
            problem(table.error(), path);
        const bool isBefore = before && (!table || *before == *table);
        if (isBefore)
            m_result.users.emplace(file, before);
        else if (table)
            m_result.users.emplace(file, std::make_shared<const snapshot::UserTable>(std::move(*table)));
    }

    // A warning only: the certificate may be on its way, and some clients ask for none of the names.
    void checkHosts()
    {
        for (Problem &problem : findUnnamedHosts(m_configuration, m_origins, m_result.certificates))
            m_result.problems.push_back(std::move(problem));
    }

    // A warning only: what a release puts there may come later, and is served from then on.
    void checkFolders()
    {
        for (const auto &[name, site] : m_configuration.sites) {
            for (std::size_t index = 0; index < site.routes.size(); ++index) {
                const std::filesystem::path root = site.routes[index].root.path;
                std::error_code error;
                if (root.empty() || std::filesystem::is_directory(root / ".", error))
                    continue;
                problem({"site.unusable-folder", "cannot serve files of " + root.string() + ": " + error.message(),
                         "make it a folder that the service's user may read"},
                        schema::joinPath("site", name) + ".route[" + std::to_string(index) + "].root",
                        Severity::warning);
            }
        }
    }

    void checkApps()
    {
        for (Problem &problem : findUnusableApps(m_configuration, m_origins))
            m_result.problems.push_back(std::move(problem));
    }

    // A warning only: the site is served without them.
    void checkErrorPages()
    {
        for (Problem &problem : findLargeErrorPages(m_configuration, m_origins))
            m_result.problems.push_back(std::move(problem));
    }

    void checkPatterns()
    {
        for (const auto &[name, site] : m_configuration.sites) {
            for (std::size_t index = 0; index < site.routes.size(); ++index) {
                const std::string &pattern = site.routes[index].pattern;
                std::string why;
                if (pattern.empty() || snapshot::compilePattern(pattern, &why))
                    continue;
                problem({"route.malformed-pattern", "`" + pattern + "` is not a regular expression: " + why,
                         "correct it; the syntax is RE2's, which knows no look-ahead and no back-reference"},
                        schema::joinPath("site", name) + ".route[" + std::to_string(index) + "].pattern");
            }
        }
    }

    // What is read when it is connected to, and would be missed only then.
    void checkDatabases()
    {
        for (const auto &[name, database] : m_configuration.databases) {
            const std::string path = schema::joinPath("database", name);
            const auto checkSecret = [&](const config::FilePath &file, const char *setting) {
                if (file.empty())
                    return;
                if (const auto secret = databases::readSecretFile(file); !secret)
                    problem(secret.error(), path + setting);
            };
            checkSecret(database.passwordFile, ".password_file");
            checkSecret(database.connectionFile, ".connection_file");
            const std::filesystem::path folder = database.migrations.path;
            std::error_code error;
            if (!folder.empty() && !std::filesystem::is_directory(folder / ".", error))
                problem({"database.unusable-folder",
                         "cannot read the migrations of " + folder.string() + ": " + error.message(),
                         "make it a folder that the service's user may read, or leave `migrations` out"},
                        path + ".migrations");
        }
    }

    const config::Configuration &m_configuration;
    const schema::Origins &m_origins;
    const Surroundings &m_surroundings;
    const Prepared &m_before;
    std::optional<Result<certificates::LocalAuthority>> m_authority;
    ZoneReader m_zoneReader;
    std::vector<std::string> m_zonesRead;
    Prepared m_result;
};

} // namespace

Prepared prepare(const config::Configuration &configuration, const schema::Origins &origins,
                 const Surroundings &surroundings, const Prepared &before)
{
    return Preparing(configuration, origins, surroundings, before).run();
}

} // namespace mainstay::control
