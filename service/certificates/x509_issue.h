// SPDX-License-Identifier: GPL-3.0-or-later
// Makes keys and certificates in memory.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "engine/tls_handles.h"

#include <string>
#include <string_view>
#include <vector>

namespace mainstay::certificates {

using Certificate = engine::TlsHandle<X509>;
using PrivateKey = engine::TlsHandle<EVP_PKEY>;

// The time in which a certificate holds.
struct Validity {
    WallTime notBefore;
    WallTime notAfter;
};

// The following fail with "certificate.not-issued" when OpenSSL refuses.

// ECDSA P-256.
[[nodiscard]] Result<PrivateKey> makeKey();

// A root that may sign servers' certificates but no further authority. `name` is cut to 64 bytes (RFC 5280 appendix A).
[[nodiscard]] Result<Certificate> makeAuthority(std::string name, EVP_PKEY *key, Validity validity);

// A server's certificate for `names`: DNS names, "*.example.org", IP addresses; at least one. Fails with
// "certificate.name-invalid" for anything else.
[[nodiscard]] Result<Certificate> makeServerCertificate(const std::vector<std::string> &names, EVP_PKEY *key,
                                                        X509 *authority, EVP_PKEY *authorityKey, Validity validity);

// The PEM of a certificate or key in a buffer that is wiped when it goes.
[[nodiscard]] engine::TlsHandle<BIO> toPem(X509 *certificate);
[[nodiscard]] engine::TlsHandle<BIO> toPem(EVP_PKEY *key);
[[nodiscard]] std::string_view textOf(BIO *pem);

} // namespace mainstay::certificates
