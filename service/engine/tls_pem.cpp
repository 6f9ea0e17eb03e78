// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tls_pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace mainstay::engine {

namespace {

TlsHandle<BIO> openText(std::string_view text)
{
    return TlsHandle<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Whether the last reader of certificates stopped because no more were there.
bool reachedEnd()
{
    const unsigned long error = ERR_peek_last_error();
    return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

int noteEncryption(char * /*buffer*/, int /*size*/, int /*writing*/, void *encrypted)
{
    *static_cast<bool *>(encrypted) = true;
    return -1;
}

} // namespace

Result<TlsChain> readCertificates(PemText pem)
{
    const std::string file(pem.name);
    TlsChain chain(sk_X509_new_null());
    const auto input = openText(pem.text);
    while (X509 *certificate = PEM_read_bio_X509(input.get(), nullptr, nullptr, nullptr))
        sk_X509_push(chain.get(), certificate);
    if (!reachedEnd())
        return fail("certificate.malformed", file + ": not a valid PEM certificate: " + takeTlsError());
    ERR_clear_error();
    if (sk_X509_num(chain.get()) == 0)
        return fail("certificate.empty", file + ": holds no certificate", "put what it is to hold into it in PEM form");
    return chain;
}

Result<TlsHandle<EVP_PKEY>> readPrivateKey(PemText pem)
{
    const std::string file(pem.name);
    bool encrypted = false;
    const auto input = openText(pem.text);
    TlsHandle<EVP_PKEY> key(PEM_read_bio_PrivateKey(input.get(), nullptr, noteEncryption, &encrypted));
    if (key == nullptr) {
        const bool missing = pem.text.find("PRIVATE KEY-----") == std::string_view::npos;
        const std::string reason = takeTlsError();
        if (encrypted)
            return fail("certificate.key-encrypted", file + ": the private key is encrypted",
                        "decrypt it with `openssl pkey -in FILE -out FILE` and keep it readable by the service alone");
        if (missing)
            return fail("certificate.key-missing", file + ": holds no private key");
        return fail("certificate.key-malformed", file + ": not a valid PEM private key: " + reason);
    }
    ERR_clear_error();
    return key;
}

} // namespace mainstay::engine
