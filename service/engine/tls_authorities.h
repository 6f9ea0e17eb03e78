// SPDX-License-Identifier: GPL-3.0-or-later
// The authorities that sign the certificates of servers.
#pragma once

#include "base/result.h"
#include "engine/tls_certificate.h"

#include <memory>
#include <string>

struct x509_store_st;

namespace mainstay::engine {

// Immutable. Shared by all workers.
class TlsAuthorities {
public:
    using Pointer = std::shared_ptr<const TlsAuthorities>;

    // All certificates of the text. Fails with "certificate.empty" or "certificate.malformed", naming the text.
    static Result<Pointer> fromPem(PemText authorities);
    TlsAuthorities(const TlsAuthorities &) = delete;
    TlsAuthorities &operator=(const TlsAuthorities &) = delete;
    ~TlsAuthorities();

    [[nodiscard]] x509_store_st *native() const noexcept { return m_store; }
    // Whether they were made of the same text.
    [[nodiscard]] bool isOf(std::string_view text) const;

private:
    TlsAuthorities() = default;

    x509_store_st *m_store = nullptr;
    std::string m_digest; // SHA-256 of the text
};

} // namespace mainstay::engine
