// SPDX-License-Identifier: GPL-3.0-or-later
// A certificate chain with its private key, ready to be shown to clients, and who chooses among them.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "engine/tls_handles.h"

#include <memory>
#include <optional>
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

    struct Extras {
        // For clients that prefer its kind of key, or know no other. With an alternative of the same kind it fails with
        // "certificate.alike".
        Pointer alternative;
        // An OCSP response in DER that goes to those who ask for it (RFC 6066 section 8); empty for none. One that is
        // not about this certificate fails with "certificate.ocsp-malformed".
        std::string ocsp;
    };

    // The server's certificate first, then those that signed it, without the root. Both texts may be the same and
    // may hold more than is asked for. The errors name the text at fault: "certificate.empty",
    // "certificate.malformed", "certificate.unusable" (too weak for TLS), "certificate.key-missing",
    // "certificate.key-malformed", "certificate.key-encrypted", "certificate.key-mismatch".
    static Result<Pointer> fromPem(PemText chain, PemText key, Extras extras = {});

    // Lower-case DNS names, wildcards as "*.example.org", and IP addresses, as in the certificate's subjectAltName.
    [[nodiscard]] const std::vector<std::string> &names() const noexcept { return m_names; }
    [[nodiscard]] WallTime notBefore() const noexcept { return m_notBefore; }
    [[nodiscard]] WallTime notAfter() const noexcept { return m_notAfter; }
    // SHA-256 of the server's certificate in lower-case hexadecimal.
    [[nodiscard]] const std::string &fingerprint() const noexcept { return m_fingerprint; }
    // Whether it shows the same to clients, the issuers' certificates and the extras included.
    [[nodiscard]] bool isSameAs(const TlsCertificate &other) const;
    [[nodiscard]] X509 *leaf() const noexcept { return m_leaf.get(); }

    // Whether each certificate was signed by the one that follows it.
    [[nodiscard]] bool isOrdered() const;

    // Shows this certificate, or its alternative, in the handshake of `ssl`, which shares chain and key.
    [[nodiscard]] bool installInto(SSL *ssl) const noexcept;
    // The OCSP response for `leaf`, which is this certificate's or its alternative's; empty for none that still holds.
    [[nodiscard]] std::string_view ocspOf(const X509 *leaf) const noexcept;
    // Until when that response holds; nothing without one, or when it does not say.
    [[nodiscard]] std::optional<WallTime> ocspUntil() const noexcept { return m_ocspUntil; }

private:
    TlsCertificate(TlsHandle<X509> leaf, TlsChain issuers, TlsHandle<EVP_PKEY> key, Extras extras);
    [[nodiscard]] Result<> checkExtras(const std::string &file);

    TlsHandle<X509> m_leaf;
    TlsChain m_issuers;
    TlsHandle<EVP_PKEY> m_key;
    std::vector<std::string> m_names;
    WallTime m_notBefore;
    WallTime m_notAfter;
    std::string m_fingerprint;
    Extras m_extras;
    std::optional<WallTime> m_ocspUntil;
};

class TlsClientTrust;

// What is shown to a client, and what is asked of it.
struct TlsChoice {
    const TlsCertificate *certificate = nullptr; // null refuses the handshake (unrecognized_name)
    const TlsClientTrust *clients = nullptr;     // null asks for no certificate of the client
};

// Worker thread. Chooses for a handshake.
class CertificateSelector {
public:
    virtual ~CertificateSelector() = default;

    // `serverName` is a ServerName's text, or empty when the client sent none that is valid. What is chosen lives as
    // long as this.
    [[nodiscard]] virtual TlsChoice select(std::string_view serverName) const = 0;
};

} // namespace mainstay::engine
