// SPDX-License-Identifier: GPL-3.0-or-later
// Releases OpenSSL objects and reads its error queue.
#include "engine/tls_handles.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string_view>

namespace mainstay::engine {

void TlsRelease::operator()(SSL *object) const noexcept
{
    SSL_free(object);
}

void TlsRelease::operator()(SSL_CTX *object) const noexcept
{
    SSL_CTX_free(object);
}

void TlsRelease::operator()(SSL_SESSION *object) const noexcept
{
    SSL_SESSION_free(object);
}

void TlsRelease::operator()(X509 *object) const noexcept
{
    X509_free(object);
}

void TlsRelease::operator()(stack_st_X509 *certificates) const noexcept
{
    sk_X509_pop_free(certificates, X509_free);
}

void TlsRelease::operator()(EVP_PKEY *object) const noexcept
{
    EVP_PKEY_free(object);
}

void TlsRelease::operator()(BIO *object) const noexcept
{
    BIO_free_all(object);
}

void TlsRelease::operator()(BIGNUM *object) const noexcept
{
    BN_free(object);
}

void TlsRelease::operator()(X509_extension_st *object) const noexcept
{
    X509_EXTENSION_free(object);
}

std::string hexadecimal(std::span<const unsigned char> bytes)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : bytes) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

std::string takeTlsError()
{
    const unsigned long error = ERR_get_error();
    ERR_clear_error();
    const char *reason = ERR_reason_error_string(error);
    return reason != nullptr ? reason : "unknown reason";
}

} // namespace mainstay::engine
