// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/preparation.h"

#include "certificates/certificate_files.h"
#include "certificates/local_authority.h"
#include "control/name_lookup.h"
#include "schema/node.h"
#include "wire/dns_name.h"
#include "zones/zone_loader.h"

#include <algorithm>
#include <set>

namespace mainstay::control {

namespace {

constexpr Seconds kClockStep{2}; // of the coarsest file system

class Preparing {
public:
    Preparing(const config::Configuration &configuration, const schema::Origins &origins,
              const Surroundings &surroundings, const Prepared &before)
        : m_configuration(configuration), m_origins(origins), m_surroundings(surroundings), m_before(before)
    {}

    Prepared run()
    {
        prepareCertificates();
        prepareZones();
        prepareAddresses();
        checkFolders();
        return std::move(m_result);
    }

private:
    void problem(const Error &error, const std::string &path, Severity severity = Severity::error)
    {
        m_result.problems.push_back({error.code, path, error.message, error.remedy, m_origins.place(path), severity});
    }

    void prepareCertificates()
    {
        for (const auto &[name, certificate] : m_configuration.certificates) {
            const std::string path = schema::joinPath("certificate", name);
            if (certificate.source == config::CertificateSource::local)
                prepareLocal(name, certificate, path);
            else
                prepareFiles(name, certificate, path);
        }
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
        auto loaded = certificates::loadCertificateFiles({certificate.certificate.path, certificate.key.path}, path,
                                                         WallClock::now());
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
        const bool sameFile = known != m_before.zones.end() && known->second.file == zone.file.path;
        PreparedZone next;
        if (sameFile && (!m_surroundings.readsZonesAgain || (!known->second.isFresh && !known->second.hasChanged()))) {
            next = known->second;
        } else {
            const auto begun = std::filesystem::file_time_type::clock::now();
            const FileStamp before = FileStamp::of(zone.file.path);
            zones::LoadedZone loaded = zones::loadZone({.apex = *apex, .path = path}, zone.file.path,
                                                       known == m_before.zones.end() ? nullptr : known->second.zone);
            next.zone = std::move(loaded.zone);
            next.file = zone.file.path;
            next.loaded = WallClock::now();
            next.warnings = std::move(loaded.problems);
            for (std::filesystem::path &file : loaded.files)
                next.stamps.push_back(file == before.file ? before : FileStamp::of(std::move(file)));
            next.isFresh = std::ranges::any_of(
                next.stamps, [begun](const FileStamp &stamp) { return begun - stamp.time < kClockStep; });
        }
        for (const Problem &warning : next.warnings)
            m_result.problems.push_back(warning);
        if (next.zone)
            m_result.zones.emplace(name, std::move(next));
        else if (sameFile)
            m_result.zones.emplace(name, known->second); // what was right is served until the file is again
    }

    void prepareAddresses()
    {
        std::map<std::string, std::string> hosts; // to the path of a server that names it
        for (const auto &[backendName, backend] : m_configuration.backends) {
            for (const auto &[id, server] : backend.servers) {
                if (server.address.empty() || server.address.endpoint())
                    continue;
                const std::string servers = schema::joinPath(schema::joinPath("backend", backendName), "server");
                hosts.emplace(server.address.host, schema::joinPath(servers, id) + ".address");
            }
        }
        std::set<std::string> names;
        for (const auto &[host, path] : hosts)
            names.insert(host);
        m_result.addresses = lookUp(names, m_surroundings.lookupPatience);
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

    const config::Configuration &m_configuration;
    const schema::Origins &m_origins;
    const Surroundings &m_surroundings;
    const Prepared &m_before;
    std::optional<Result<certificates::LocalAuthority>> m_authority;
    Prepared m_result;
};

} // namespace

FileStamp FileStamp::of(std::filesystem::path file)
{
    std::error_code error;
    auto time = std::filesystem::last_write_time(file, error);
    if (error)
        time = {};
    const auto size = std::filesystem::file_size(file, error);
    return {std::move(file), time, error ? 0 : size};
}

bool PreparedZone::hasChanged() const
{
    return std::ranges::any_of(stamps, [](const FileStamp &stamp) { return FileStamp::of(stamp.file) != stamp; });
}

Prepared prepare(const config::Configuration &configuration, const schema::Origins &origins,
                 const Surroundings &surroundings, const Prepared &before)
{
    return Preparing(configuration, origins, surroundings, before).run();
}

} // namespace mainstay::control
