// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tls_pem.h"

#include <openssl/decoder.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <utility>

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

// OpenSSL 3 takes nine times as long to find out which decoders there are as to decode a key, so that is done once for
// a thread, where there may be thousands of keys.
class KeyDecoder {
public:
    KeyDecoder()
        : m_context(OSSL_DECODER_CTX_new_for_pkey(&m_key, "PEM", nullptr, nullptr, EVP_PKEY_KEYPAIR, nullptr, nullptr))
    {}
    KeyDecoder(const KeyDecoder &) = delete;
    KeyDecoder &operator=(const KeyDecoder &) = delete;
    ~KeyDecoder() { OSSL_DECODER_CTX_free(m_context); }

    // Null when it is none. `encrypted` is set when it would need a password.
    [[nodiscard]] TlsHandle<EVP_PKEY> decode(std::string_view pem, bool &encrypted)
    {
        m_key = nullptr;
        const auto input = openText(pem);
        if (m_context == nullptr || input == nullptr ||
            OSSL_DECODER_CTX_set_pem_password_cb(m_context, noteEncryption, &encrypted) != 1 ||
            OSSL_DECODER_from_bio(m_context, input.get()) != 1)
            return {};
        return TlsHandle<EVP_PKEY>(std::exchange(m_key, nullptr));
    }

private:
    EVP_PKEY *m_key = nullptr; // where the context puts what it has decoded
    OSSL_DECODER_CTX *m_context;
};

// From the first private key of a file on, which may have a certificate or parameters before it.
std::string_view fromPrivateKey(std::string_view pem)
{
    const std::size_t kind = pem.find("PRIVATE KEY-----");
    const std::size_t begin = pem.substr(0, kind).rfind("-----BEGIN ");
    return kind == std::string_view::npos || begin == std::string_view::npos ? std::string_view() : pem.substr(begin);
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
    thread_local KeyDecoder decoder;
    const std::string file(pem.name);
    const std::string_view text = fromPrivateKey(pem.text);
    bool encrypted = false;
    TlsHandle<EVP_PKEY> key = text.empty() ? nullptr : decoder.decode(text, encrypted);
    if (key == nullptr) {
        const bool missing = text.empty();
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
