// SPDX-License-Identifier: GPL-3.0-or-later
// What the servers of a backend are spoken to with, over TLS.
#pragma once

#include "base/result.h"
#include "config/backend.h"
#include "engine/tls_client_context.h"

#include <map>
#include <optional>
#include <string>

namespace mainstay::control {

// Thread pool: reads files. For all backends of a configuration, which share what is the same.
class BackendTls {
public:
    using Contexts = std::map<std::string, engine::TlsClientContext::Pointer>;

    // `before`: what was made of the configuration before; contexts that did not change are taken from there.
    explicit BackendTls(const Contexts &before) : m_before(before) {}
    explicit BackendTls(Contexts &&before) = delete; // it is kept here, not copied

    // Fails with "backend.no-authorities" when the system trusts none, or as reading the file of authorities does.
    [[nodiscard]] Result<engine::TlsClientContext::Pointer>
    prepare(const std::string &name, const config::BackendConfig &backend, engine::TlsCertificate::Pointer certificate);

private:
    using Authorities = Result<engine::TlsAuthorities::Pointer>;

    [[nodiscard]] Authorities authoritiesOf(const config::BackendConfig &backend);
    [[nodiscard]] Authorities read(const std::string &file) const;
    [[nodiscard]] Authorities readOfSystem() const;

    const Contexts &m_before;
    std::map<std::string, Authorities> m_read; // by file; that of the system's has no name
};

} // namespace mainstay::control
