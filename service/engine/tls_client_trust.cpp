// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tls_client_trust.h"

#include "engine/tls_pem.h"

#include <array>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

namespace mainstay::engine {

namespace {

constexpr std::size_t kDigestSize = 32;

} // namespace

TlsClientTrust::~TlsClientTrust()
{
    X509_STORE_free(m_store);
    sk_X509_NAME_pop_free(m_names, X509_NAME_free);
}

Result<TlsClientTrust::Pointer> TlsClientTrust::fromPem(PemText authorities)
{
    auto certificates = readCertificates(authorities);
    if (!certificates)
        return forward(std::move(certificates));
    std::shared_ptr<TlsClientTrust> trust(new TlsClientTrust);
    trust->m_store = X509_STORE_new();
    trust->m_names = sk_X509_NAME_new_null();
    std::string digests;
    for (int index = 0; index < sk_X509_num(certificates->get()); ++index) {
        X509 *authority = sk_X509_value(certificates->get(), index);
        X509_NAME *name = X509_NAME_dup(X509_get_subject_name(authority));
        std::array<unsigned char, kDigestSize> digest{};
        if (X509_STORE_add_cert(trust->m_store, authority) != 1 || sk_X509_NAME_push(trust->m_names, name) == 0 ||
            X509_digest(authority, EVP_sha256(), digest.data(), nullptr) != 1)
            return fail("certificate.malformed", std::string(authorities.name) + ": " + takeTlsError());
        digests.append(digest.begin(), digest.end());
    }
    std::array<unsigned char, kDigestSize> all{};
    EVP_Digest(digests.data(), digests.size(), all.data(), nullptr, EVP_sha256(), nullptr);
    trust->m_digest.assign(all.begin(), all.end());
    ERR_clear_error();
    return trust;
}

bool TlsClientTrust::installInto(SSL *ssl) const noexcept
{
    STACK_OF(X509_NAME) *names = sk_X509_NAME_deep_copy(m_names, X509_NAME_dup, X509_NAME_free);
    if (names == nullptr)
        return false;
    SSL_set_client_CA_list(ssl, names);
    SSL_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
    static_assert(kDigestSize <= SSL_MAX_SID_CTX_LENGTH);
    return SSL_set1_verify_cert_store(ssl, m_store) == 1 &&
           SSL_set_session_id_context(ssl, reinterpret_cast<const unsigned char *>(m_digest.data()),
                                      static_cast<unsigned int>(m_digest.size())) == 1;
}

} // namespace mainstay::engine
