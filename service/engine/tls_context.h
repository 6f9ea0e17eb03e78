// SPDX-License-Identifier: GPL-3.0-or-later
// How TLS is spoken: versions, ciphers and protocols of one policy, shared by all connections under it.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "engine/tls_handles.h"
#include "engine/tls_ticket_keys.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mainstay::engine {

enum class TlsVersion : std::uint8_t { tls12, tls13 };

// Immutable. Names as OpenSSL spells them. The defaults offer forward secrecy and authenticated encryption only.
struct TlsPolicy {
    TlsVersion minimum = TlsVersion::tls12;
    std::string cipherSuites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"; // TLS 1.3
    std::string ciphers = "ECDHE+AES128+AESGCM:ECDHE+AES256+AESGCM:ECDHE+CHACHA20";                          // TLS 1.2
    std::string groups = "X25519:P-256:P-384";
    std::vector<std::string> protocols = {"h2", "http/1.1"}; // ALPN, the preferred first; empty to leave it unanswered
    Seconds ticketLifetime{7200};                            // 0 for no resumption

    friend bool operator==(const TlsPolicy &, const TlsPolicy &) = default;
};

// Shared. One for each policy and not for each site: certificates come from the session's selector. Resumption is by
// tickets alone, whose keys live and die with this object, so there is no session cache to lock.
class TlsContext {
public:
    using Pointer = std::shared_ptr<const TlsContext>;

    // Fails with "tls.policy-refused" when OpenSSL knows none of the ciphers, suites or groups.
    static Result<Pointer> make(const TlsPolicy &policy);

    TlsContext(const TlsContext &) = delete;
    TlsContext &operator=(const TlsContext &) = delete;

    [[nodiscard]] SSL_CTX *native() const noexcept { return m_context.get(); }

private:
    explicit TlsContext(const TlsPolicy &policy);
    Result<> configure(const TlsPolicy &policy);
    void configureTickets(Seconds lifetime);
    // OpenSSL's callback for tickets: what it asks for and is answered is that of SSL_CTX_set_tlsext_ticket_key_evp_cb.
    static int useTicketKey(SSL *ssl, unsigned char *name, unsigned char *initial, EVP_CIPHER_CTX *cipher,
                            EVP_MAC_CTX *mac, int isSealing) noexcept;
    static int chooseProtocol(SSL *ssl, const unsigned char **chosen, unsigned char *chosenSize,
                              const unsigned char *offered, unsigned int offeredSize, void *context);

    TlsHandle<SSL_CTX> m_context;
    mutable TlsTicketKeys m_ticketKeys;
    std::basic_string<unsigned char> m_protocols; // each with its length before it (RFC 7301 section 3.1)
};

} // namespace mainstay::engine
