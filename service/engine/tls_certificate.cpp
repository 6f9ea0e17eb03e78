// SPDX-License-Identifier: GPL-3.0-or-later
// Reads certificate chains and keys from PEM and makes sure that TLS will accept them.
#include "engine/tls_certificate.h"

#include "base/endpoint.h"
#include "engine/tls_pem.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <openssl/err.h>
#include <openssl/ocsp.h>
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
    return hexadecimal({digest.data(), size});
}

// Nothing when it is no response about `leaf`; within, when it ends to hold, where it says so. The signature is for the
// client to check.
std::optional<std::optional<WallTime>> ocspEnd(const std::string &der, X509 *leaf, const stack_st_X509 *issuers)
{
    const auto *bytes = reinterpret_cast<const unsigned char *>(der.data());
    const std::unique_ptr<OCSP_RESPONSE, decltype(&OCSP_RESPONSE_free)> response(
        d2i_OCSP_RESPONSE(nullptr, &bytes, static_cast<long>(der.size())), OCSP_RESPONSE_free);
    const std::unique_ptr<OCSP_BASICRESP, decltype(&OCSP_BASICRESP_free)> basic(
        response != nullptr && OCSP_response_status(response.get()) == OCSP_RESPONSE_STATUS_SUCCESSFUL
            ? OCSP_response_get1_basic(response.get())
            : nullptr,
        OCSP_BASICRESP_free);
    if (basic == nullptr || sk_X509_num(issuers) == 0)
        return std::nullopt;
    const std::unique_ptr<OCSP_CERTID, decltype(&OCSP_CERTID_free)> id(
        OCSP_cert_to_id(nullptr, leaf, sk_X509_value(issuers, 0)), OCSP_CERTID_free);
    ASN1_GENERALIZEDTIME *next = nullptr;
    int status = 0;
    if (id == nullptr || OCSP_resp_find_status(basic.get(), id.get(), &status, nullptr, nullptr, nullptr, &next) != 1)
        return std::nullopt;
    return next != nullptr ? std::optional(toWallTime(next)) : std::optional<WallTime>();
}

} // namespace

TlsCertificate::TlsCertificate(TlsHandle<X509> leaf, TlsChain issuers, TlsHandle<EVP_PKEY> key, Extras extras)
    : m_leaf(std::move(leaf)), m_issuers(std::move(issuers)), m_key(std::move(key)), m_names(readNames(m_leaf.get())),
      m_notBefore(toWallTime(X509_get0_notBefore(m_leaf.get()))),
      m_notAfter(toWallTime(X509_get0_notAfter(m_leaf.get()))), m_fingerprint(fingerprintOf(m_leaf.get())),
      m_extras(std::move(extras))
{}

Result<TlsCertificate::Pointer> TlsCertificate::fromPem(PemText chain, PemText key, Extras extras)
{
    auto certificates = readCertificates(chain);
    if (!certificates)
        return forward(std::move(certificates));
    auto privateKey = readPrivateKey(key);
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
    static const TlsHandle<SSL_CTX> trial(SSL_CTX_new(TLS_server_method()));
    const TlsHandle<SSL> session(trial != nullptr ? SSL_new(trial.get()) : nullptr);
    const std::shared_ptr<TlsCertificate> certificate(
        new TlsCertificate(std::move(leaf), std::move(*certificates), std::move(*privateKey), std::move(extras)));
    if (auto checked = certificate->checkExtras(std::string(chain.name)); !checked)
        return forward(std::move(checked));
    if (session == nullptr || !certificate->installInto(session.get()))
        return fail("certificate.unusable", std::string(chain.name) + ": cannot be used for TLS: " + takeTlsError());
    ERR_clear_error();
    return certificate;
}

Result<> TlsCertificate::checkExtras(const std::string &file)
{
    if (m_extras.alternative &&
        EVP_PKEY_get_base_id(m_key.get()) == EVP_PKEY_get_base_id(m_extras.alternative->m_key.get()))
        return fail("certificate.alike", file + ": its alternative has a key of the same kind",
                    "an alternative has another kind of key: RSA beside ECDSA");
    if (m_extras.ocsp.empty())
        return {};
    const auto until = ocspEnd(m_extras.ocsp, m_leaf.get(), m_issuers.get());
    if (!until)
        return fail("certificate.ocsp-malformed", file + ": its OCSP response is none, or about another certificate",
                    "fetch it anew, as with `openssl ocsp -respout`, or leave it out");
    m_ocspUntil = *until;
    return {};
}

bool TlsCertificate::isSameAs(const TlsCertificate &other) const
{
    const int count = sk_X509_num(m_issuers.get());
    if (m_fingerprint != other.m_fingerprint || count != sk_X509_num(other.m_issuers.get()) ||
        m_extras.ocsp != other.m_extras.ocsp ||
        (m_extras.alternative == nullptr) != (other.m_extras.alternative == nullptr))
        return false;
    if (m_extras.alternative && !m_extras.alternative->isSameAs(*other.m_extras.alternative))
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
    return SSL_use_cert_and_key(ssl, m_leaf.get(), m_key.get(), m_issuers.get(), kReplace) == 1 &&
           (!m_extras.alternative || m_extras.alternative->installInto(ssl));
}

std::string_view TlsCertificate::ocspOf(const X509 *leaf) const noexcept
{
    if (leaf == m_leaf.get())
        return m_ocspUntil && WallClock::now() >= *m_ocspUntil ? std::string_view() : m_extras.ocsp;
    return m_extras.alternative ? m_extras.alternative->ocspOf(leaf) : std::string_view();
}

} // namespace mainstay::engine
