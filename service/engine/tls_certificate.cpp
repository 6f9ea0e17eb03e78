// SPDX-License-Identifier: GPL-3.0-or-later
// Reads certificate chains and keys from PEM and makes sure that TLS will accept them.
#include "engine/tls_certificate.h"

#include "base/endpoint.h"
#include "engine/tls_server_name.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace mainstay::engine {

namespace {

WallTime toWallTime(const ASN1_TIME *time)
{
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1)
        return {};
    using namespace std::chrono;
    const year_month_day date{year{parts.tm_year + 1900}, month{static_cast<unsigned>(parts.tm_mon + 1)},
                              day{static_cast<unsigned>(parts.tm_mday)}};
    return sys_days{date} + hours{parts.tm_hour} + minutes{parts.tm_min} + seconds{parts.tm_sec};
}

std::string lowerCase(std::string text)
{
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
    return text;
}

std::string addressText(const ASN1_OCTET_STRING &octets)
{
    IpAddress address;
    const auto size = static_cast<std::size_t>(ASN1_STRING_length(&octets));
    if (size != 4 && size != 16)
        return {};
    address.family = size == 4 ? IpAddress::Family::v4 : IpAddress::Family::v6;
    std::memcpy(address.bytes.data(), ASN1_STRING_get0_data(&octets), size);
    return address.text();
}

std::vector<std::string> readNames(X509 *certificate)
{
    std::vector<std::string> names;
    auto *alternatives =
        static_cast<GENERAL_NAMES *>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
    for (int index = 0; index < sk_GENERAL_NAME_num(alternatives); ++index) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(alternatives, index);
        std::string text;
        if (name->type == GEN_DNS)
            text = lowerCase({reinterpret_cast<const char *>(ASN1_STRING_get0_data(name->d.dNSName)),
                              static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName))});
        else if (name->type == GEN_IPADD)
            text = addressText(*name->d.iPAddress);
        if (!text.empty())
            names.push_back(std::move(text));
    }
    GENERAL_NAMES_free(alternatives);
    return names;
}

std::string fingerprintOf(const X509 *certificate)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    X509_digest(certificate, EVP_sha256(), digest.data(), &size);
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (unsigned int index = 0; index < size; ++index) {
        text += kDigits[digest[index] >> 4];
        text += kDigits[digest[index] & 15];
    }
    return text;
}

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

Result<TlsChain> readChain(PemText pem)
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
        return fail("certificate.empty", file + ": holds no certificate",
                    "put the server's certificate into it in PEM form, then those that signed it");
    return chain;
}

int noteEncryption(char * /*buffer*/, int /*size*/, int /*writing*/, void *encrypted)
{
    *static_cast<bool *>(encrypted) = true;
    return -1;
}

Result<TlsHandle<EVP_PKEY>> readKey(PemText pem)
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

} // namespace

TlsCertificate::TlsCertificate(TlsHandle<X509> leaf, TlsChain issuers, TlsHandle<EVP_PKEY> key)
    : m_leaf(std::move(leaf)), m_issuers(std::move(issuers)), m_key(std::move(key)), m_names(readNames(m_leaf.get())),
      m_notBefore(toWallTime(X509_get0_notBefore(m_leaf.get()))),
      m_notAfter(toWallTime(X509_get0_notAfter(m_leaf.get()))), m_fingerprint(fingerprintOf(m_leaf.get()))
{}

Result<TlsCertificate::Pointer> TlsCertificate::fromPem(PemText chain, PemText key)
{
    auto certificates = readChain(chain);
    if (!certificates)
        return forward(std::move(certificates));
    auto privateKey = readKey(key);
    if (!privateKey)
        return forward(std::move(privateKey));

    TlsHandle<X509> leaf(sk_X509_shift(certificates->get()));
    if (X509_check_private_key(leaf.get(), privateKey->get()) != 1) {
        ERR_clear_error();
        return fail("certificate.key-mismatch",
                    std::string(key.name) + ": the private key does not belong to the first certificate of " +
                        std::string(chain.name),
                    "the server's own certificate stands first in the file, those that signed it after");
    }

    // What OpenSSL would refuse in every handshake (a short key, a SHA-1 signature) is refused here, once.
    const TlsHandle<SSL_CTX> trial(SSL_CTX_new(TLS_server_method()));
    const TlsHandle<SSL> session(trial != nullptr ? SSL_new(trial.get()) : nullptr);
    Pointer certificate(new TlsCertificate(std::move(leaf), std::move(*certificates), std::move(*privateKey)));
    if (session == nullptr || !certificate->installInto(session.get()))
        return fail("certificate.unusable", std::string(chain.name) + ": cannot be used for TLS: " + takeTlsError());
    ERR_clear_error();
    return certificate;
}

bool TlsCertificate::isSameAs(const TlsCertificate &other) const
{
    const int count = sk_X509_num(m_issuers.get());
    if (m_fingerprint != other.m_fingerprint || count != sk_X509_num(other.m_issuers.get()))
        return false;
    for (int index = 0; index < count; ++index) {
        if (X509_cmp(sk_X509_value(m_issuers.get(), index), sk_X509_value(other.m_issuers.get(), index)) != 0)
            return false;
    }
    return true;
}

bool TlsCertificate::isOrdered() const
{
    X509 *signedOne = m_leaf.get();
    for (int index = 0; index < sk_X509_num(m_issuers.get()); ++index) {
        X509 *signer = sk_X509_value(m_issuers.get(), index);
        if (X509_check_issued(signer, signedOne) != X509_V_OK)
            return false;
        signedOne = signer;
    }
    return true;
}

bool TlsCertificate::installInto(SSL *ssl) const noexcept
{
    constexpr int kReplace = 1;
    return SSL_use_cert_and_key(ssl, m_leaf.get(), m_key.get(), m_issuers.get(), kReplace) == 1;
}

} // namespace mainstay::engine
