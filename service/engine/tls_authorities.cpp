// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tls_authorities.h"

#include "engine/tls_pem.h"

#include <array>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

namespace mainstay::engine {

namespace {

std::string digestOf(std::string_view text)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
    return {digest.begin(), digest.begin() + size};
}

} // namespace

TlsAuthorities::~TlsAuthorities()
{
    X509_STORE_free(m_store);
}

Result<TlsAuthorities::Pointer> TlsAuthorities::fromPem(PemText authorities)
{
    auto certificates = readCertificates(authorities);
    if (!certificates)
        return forward(std::move(certificates));
    std::shared_ptr<TlsAuthorities> made(new TlsAuthorities);
    made->m_store = X509_STORE_new();
    made->m_digest = digestOf(authorities.text);
    for (int index = 0; index < sk_X509_num(certificates->get()); ++index) {
        if (X509_STORE_add_cert(made->m_store, sk_X509_value(certificates->get(), index)) != 1)
            return fail("certificate.malformed", std::string(authorities.name) + ": " + takeTlsError());
    }
    ERR_clear_error();
    return made;
}

bool TlsAuthorities::isOf(std::string_view text) const
{
    return digestOf(text) == m_digest;
}

} // namespace mainstay::engine
