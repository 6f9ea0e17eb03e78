// SPDX-License-Identifier: GPL-3.0-or-later
// Turns a configuration and what was prepared for it into the next snapshot, which shares all that did not change.
#pragma once

#include "config/configuration.h"
#include "control/cache_service.h"
#include "control/cell_registry.h"
#include "control/preparation.h"
#include "control/request_logs.h"
#include "engine/tls_context.h"
#include "snapshot/reader.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace mainstay::control {

// Control thread. Each build continues from the one before.
class SnapshotBuilder {
public:
    using Backends = std::vector<std::shared_ptr<const snapshot::Backend>>;

    SnapshotBuilder(CellRegistry &cells, engine::TlsContext::Pointer tls);

    // `apps`: each app as a backend, in the names that AppService gives. `logs`: those of requests.
    [[nodiscard]] std::shared_ptr<const snapshot::Publication> build(const config::Configuration &configuration,
                                                                     const Prepared &prepared, const Backends &apps,
                                                                     const RequestLogs &logs = {},
                                                                     const Caches &caches = {});

    // Of the last build, for those who report. Never null.
    [[nodiscard]] const std::shared_ptr<const snapshot::Snapshot> &current() const noexcept { return m_current; }

private:
    using Patterns = std::map<std::string, std::shared_ptr<const snapshot::Site>>;

    void buildBackends(const config::Configuration &configuration, const Prepared &prepared, const Backends &apps);
    void buildSites(const config::Configuration &configuration, const Prepared &prepared, const RequestLogs &logs,
                    const Caches &caches);
    // Of that name, or else of the app.
    [[nodiscard]] std::shared_ptr<const snapshot::Backend> backendOf(const std::string &backend,
                                                                     const std::string &app) const;
    void buildHttpListener(const std::string &name, const config::Configuration &configuration,
                           const Prepared &prepared, snapshot::Snapshot &next);
    void buildDnsListener(const std::string &name, const config::Configuration &configuration, const Prepared &prepared,
                          snapshot::Snapshot &next);
    [[nodiscard]] std::shared_ptr<const engine::CertificateSelector>
    certificatesFor(const std::string &listener, const config::Configuration &configuration, const Prepared &prepared);

    CellRegistry &m_cells;
    engine::TlsContext::Pointer m_tls;
    std::shared_ptr<const snapshot::Snapshot> m_current = std::make_shared<const snapshot::Snapshot>();
    std::map<std::string, std::shared_ptr<const snapshot::Backend>> m_backends;
    std::map<std::string, std::shared_ptr<const snapshot::Site>> m_sites;
    std::map<std::string, Patterns> m_patterns; // by listener: what its host map was made of
    using Zones = std::map<std::string, std::shared_ptr<const snapshot::Zone>>; // null: no data
    std::map<std::string, Zones> m_zones; // by listener: what its table was made of
    // By host pattern, null for those that are asked for none; empty when nobody is.
    using ClientTrust = std::map<std::string, engine::TlsClientTrust::Pointer>;
    [[nodiscard]] ClientTrust clientTrustFor(const std::string &listener,
                                             const config::Configuration &configuration) const;
    // By listener: what is behind its selector.
    struct Selection {
        std::vector<engine::TlsCertificate::Pointer> certificates;      // the default first
        std::map<std::string, engine::TlsCertificate::Pointer> ofHosts; // what the site of each pattern has
        ClientTrust clientTrust;
        std::shared_ptr<const engine::CertificateSelector> selector;
    };
    std::map<std::string, Selection> m_selections;
    std::vector<std::shared_ptr<const snapshot::Pinnable>> m_dropped; // in the build under way
};

} // namespace mainstay::control
