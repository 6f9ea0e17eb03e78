// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/backend_tls.h"

#include "certificates/whole_file.h"

#include <array>
#include <cstdlib>
#include <filesystem>

namespace mainstay::control {

Result<engine::TlsClientContext::Pointer> BackendTls::prepare(const std::string &name,
                                                              const config::BackendConfig &backend,
                                                              engine::TlsCertificate::Pointer certificate)
{
    engine::TlsClientPolicy policy;
    policy.certificate = std::move(certificate);
    policy.protocol = config::isHttp2(backend.protocol) ? "h2" : "http/1.1";
    if (backend.tlsVerify) {
        const Authorities authorities = authoritiesOf(backend);
        if (!authorities)
            return tl::unexpected(authorities.error());
        policy.authorities = *authorities;
    }
    if (const auto known = m_before.find(name); known != m_before.end() && known->second->policy() == policy)
        return known->second;
    return engine::TlsClientContext::make(std::move(policy));
}

BackendTls::Authorities BackendTls::authoritiesOf(const config::BackendConfig &backend)
{
    const std::string &file = backend.tlsCa.path;
    if (const auto known = m_read.find(file); known != m_read.end())
        return known->second;
    return m_read.emplace(file, file.empty() ? readOfSystem() : read(file)).first->second;
}

// Those in use, where the text is the same: then nothing needs to be published for it.
BackendTls::Authorities BackendTls::read(const std::string &file) const
{
    const auto text = certificates::readFile(file);
    if (!text)
        return tl::unexpected(text.error());
    for (const auto &[name, context] : m_before) {
        const auto &known = context->policy().authorities;
        if (known && known->isOf(text->view()))
            return known;
    }
    return engine::TlsAuthorities::fromPem({text->view(), file});
}

// Where OpenSSL looks, and where Debian, Fedora and SUSE keep them.
BackendTls::Authorities BackendTls::readOfSystem() const
{
    const char *chosen = std::getenv("SSL_CERT_FILE");
    const std::array<const char *, 5> places{chosen ? chosen : "", "/etc/ssl/certs/ca-certificates.crt",
                                             "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
                                             "/etc/ssl/cert.pem"};
    for (const char *place : places) {
        std::error_code error;
        if (std::filesystem::is_regular_file(place, error))
            return read(place);
    }
    return fail("backend.no-authorities", "the system knows no authorities to verify the servers by",
                "install the package ca-certificates, or name the authority that signs their certificates by `tls_ca`");
}

} // namespace mainstay::control
