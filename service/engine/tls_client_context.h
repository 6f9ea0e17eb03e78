// SPDX-License-Identifier: GPL-3.0-or-later
// How servers are spoken to by TLS: whom to believe, what to show, what to speak.
#pragma once

#include "base/result.h"
#include "engine/tls_authorities.h"
#include "engine/tls_certificate.h"
#include "engine/tls_handles.h"

#include <memory>
#include <string>

namespace mainstay::engine {

// Immutable.
struct TlsClientPolicy {
    TlsAuthorities::Pointer authorities; // one of them has signed what a server shows; null believes anything
    TlsCertificate::Pointer certificate; // shown to a server that asks for one; null for none
    std::string protocol = "http/1.1";   // the one that is offered by ALPN

    friend bool operator==(const TlsClientPolicy &, const TlsClientPolicy &) = default;
};

// Shared. One for each policy. What it is asked about many servers it does not keep: sessions are resumed by tickets,
// which are the caller's.
class TlsClientContext {
public:
    using Pointer = std::shared_ptr<const TlsClientContext>;

    // Fails with "tls.policy-refused" when OpenSSL has no use for the policy.
    static Result<Pointer> make(TlsClientPolicy policy);
    TlsClientContext(const TlsClientContext &) = delete;
    TlsClientContext &operator=(const TlsClientContext &) = delete;

    [[nodiscard]] SSL_CTX *native() const noexcept { return m_context.get(); }
    [[nodiscard]] const TlsClientPolicy &policy() const noexcept { return m_policy; }

private:
    explicit TlsClientContext(TlsClientPolicy policy);
    [[nodiscard]] bool configure();

    TlsHandle<SSL_CTX> m_context;
    const TlsClientPolicy m_policy;
};

} // namespace mainstay::engine
