// SPDX-License-Identifier: GPL-3.0-or-later
// A certificate chain with its private key, ready to be shown to clients, and who chooses among them.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "engine/tls_handles.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mainstay::engine {

// PEM text and what to call it in an error: its file.
struct PemText {
    std::string_view text;
    std::string_view name;
};

// Immutable. Shared by all workers; the key never leaves the object except into OpenSSL.
class TlsCertificate {
public:
    using Pointer = std::shared_ptr<const TlsCertificate>;

    // The server's certificate first, then those that signed it, without the root. Both texts may be the same and
    // may hold more than is asked for. The errors name the text at fault: "certificate.empty",
    // "certificate.malformed", "certificate.unusable" (too weak for TLS), "certificate.key-missing",
    // "certificate.key-malformed", "certificate.key-encrypted", "certificate.key-mismatch".
    static Result<Pointer> fromPem(PemText chain, PemText key);

    // Lower-case DNS names, wildcards as "*.example.org", and IP addresses, as in the certificate's subjectAltName.
    [[nodiscard]] const std::vector<std::string> &names() const noexcept { return m_names; }
    [[nodiscard]] WallTime notBefore() const noexcept { return m_notBefore; }
    [[nodiscard]] WallTime notAfter() const noexcept { return m_notAfter; }
    // SHA-256 of the server's certificate in lower-case hexadecimal.
    [[nodiscard]] const std::string &fingerprint() const noexcept { return m_fingerprint; }
    // Whether it shows the same to clients, the issuers' certificates included.
    [[nodiscard]] bool isSameAs(const TlsCertificate &other) const;
    [[nodiscard]] X509 *leaf() const noexcept { return m_leaf.get(); }

    // Whether each certificate was signed by the one that follows it.
    [[nodiscard]] bool isOrdered() const;

    // Shows this certificate in the handshake of `ssl`, which shares the chain and the key.
    [[nodiscard]] bool installInto(SSL *ssl) const noexcept;

private:
    TlsCertificate(TlsHandle<X509> leaf, TlsChain issuers, TlsHandle<EVP_PKEY> key);

    TlsHandle<X509> m_leaf;
    TlsChain m_issuers;
    TlsHandle<EVP_PKEY> m_key;
    std::vector<std::string> m_names;
    WallTime m_notBefore;
    WallTime m_notAfter;
    std::string m_fingerprint;
};

// Worker thread. Chooses the certificate of a handshake.
class CertificateSelector {
public:
    virtual ~CertificateSelector() = default;

    // `serverName` is a ServerName's text, or empty when the client sent none that is valid. The certificate must live
    // until the call into OpenSSL that asked has returned; null refuses the handshake (unrecognized_name).
    [[nodiscard]] virtual const TlsCertificate *select(std::string_view serverName) const = 0;
};

} // namespace mainstay::engine
