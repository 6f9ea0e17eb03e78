// SPDX-License-Identifier: GPL-3.0-or-later
// The authorities whose certificates clients may show (RFC 8446 section 4.3.2).
#pragma once

#include "base/result.h"
#include "engine/tls_certificate.h"

#include <memory>
#include <string>

struct stack_st_X509_NAME;
struct x509_store_st;

namespace mainstay::engine {

// Immutable. Shared by all workers.
class TlsClientTrust {
public:
    using Pointer = std::shared_ptr<const TlsClientTrust>;

    // All certificates of the text. Fails with "certificate.empty" or "certificate.malformed", naming the text.
    static Result<Pointer> fromPem(PemText authorities);
    TlsClientTrust(const TlsClientTrust &) = delete;
    TlsClientTrust &operator=(const TlsClientTrust &) = delete;
    ~TlsClientTrust();

    // Asks the client for a certificate in the handshake of `ssl`: one that none of the authorities has signed ends it,
    // none at all does not. What was settled here is resumed nowhere else. False without memory.
    [[nodiscard]] bool installInto(SSL *ssl) const noexcept;

    // Whether both believe the same certificates, in the same order.
    [[nodiscard]] bool isSameAs(const TlsClientTrust &other) const noexcept { return m_digest == other.m_digest; }

private:
    TlsClientTrust() = default;

    x509_store_st *m_store = nullptr;
    stack_st_X509_NAME *m_names = nullptr;
    std::string m_digest; // SHA-256 of the certificates
};

} // namespace mainstay::engine
