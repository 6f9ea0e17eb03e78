// SPDX-License-Identifier: GPL-3.0-or-later
// Builds X.509 certificates as RFC 5280 section 4 wants them.
#include "certificates/x509_issue.h"

#include "base/endpoint.h"
#include "engine/tls_server_name.h"

#include <algorithm>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <optional>

namespace mainstay::certificates {

namespace {

constexpr std::size_t kMaximumCommonName = 64;

tl::unexpected<Error> notIssued()
{
    return fail("certificate.not-issued", "the certificate could not be made: " + engine::takeTlsError());
}

bool setSerial(X509 *certificate)
{
    constexpr int kBits = 128;
    const engine::TlsHandle<BIGNUM> number(BN_new());
    return number != nullptr && BN_rand(number.get(), kBits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool setValidity(X509 *certificate, const Validity &validity)
{
    return ASN1_TIME_set(X509_getm_notBefore(certificate), WallClock::to_time_t(validity.notBefore)) != nullptr &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), WallClock::to_time_t(validity.notAfter)) != nullptr;
}

bool setCommonName(X509 *certificate, const std::string &name)
{
    return X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName, MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char *>(name.c_str()),
                                      static_cast<int>(name.size()), -1, 0) == 1;
}

// `value` as openssl-x509v3_config spells it.
bool addExtension(X509 *certificate, X509 *issuer, int kind, const std::string &value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const engine::TlsHandle<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// A certificate with all but its subject, extensions and signature.
Certificate startCertificate(X509 *issuer, EVP_PKEY *key, const Validity &validity)
{
    Certificate certificate(X509_new());
    const bool made =
        certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
        setSerial(certificate.get()) && setValidity(certificate.get(), validity) &&
        X509_set_pubkey(certificate.get(), key) == 1 &&
        (issuer == nullptr || X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer)) == 1);
    return made ? std::move(certificate) : nullptr;
}

// "DNS:www.example.org" or "IP:127.0.0.1"; nothing for what is neither. No name can smuggle in another.
std::optional<std::string> alternativeName(std::string_view name)
{
    if (const auto address = IpAddress::parse(name))
        return "IP:" + address->text();
    const bool wildcard = name.starts_with("*.");
    const auto host = engine::ServerName::parse(wildcard ? name.substr(2) : name);
    if (!host)
        return std::nullopt;
    return (wildcard ? "DNS:*." : "DNS:") + std::string(host->text());
}

Result<std::string> alternativeNames(const std::vector<std::string> &names)
{
    std::string joined;
    for (const std::string &name : names) {
        const auto alternative = alternativeName(name);
        if (!alternative)
            return fail("certificate.name-invalid", "\"" + name + "\" is no host name and no IP address",
                        "write names as www.example.org, *.example.org or 192.0.2.1");
        joined += (joined.empty() ? "" : ",") + *alternative;
    }
    if (joined.empty())
        return fail("certificate.name-invalid", "the certificate has no names", "give it at least one");
    return joined;
}

} // namespace

Result<PrivateKey> makeKey()
{
    PrivateKey key(EVP_EC_gen("P-256"));
    if (key == nullptr)
        return notIssued();
    return key;
}

Result<Certificate> makeAuthority(std::string name, EVP_PKEY *key, Validity validity)
{
    name.resize(std::min(name.size(), kMaximumCommonName));
    Certificate certificate = startCertificate(nullptr, key, validity);
    X509 *authority = certificate.get();
    const bool made = authority != nullptr && setCommonName(authority, name) &&
                      X509_set_issuer_name(authority, X509_get_subject_name(authority)) == 1 &&
                      addExtension(authority, authority, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                      addExtension(authority, authority, NID_key_usage, "critical,keyCertSign,cRLSign") &&
                      addExtension(authority, authority, NID_subject_key_identifier, "hash") &&
                      X509_sign(authority, key, EVP_sha256()) > 0;
    if (!made)
        return notIssued();
    return certificate;
}

Result<Certificate> makeServerCertificate(const std::vector<std::string> &names, EVP_PKEY *key, X509 *authority,
                                          EVP_PKEY *authorityKey, Validity validity)
{
    const auto alternatives = alternativeNames(names);
    if (!alternatives)
        return tl::unexpected(alternatives.error());
    Certificate certificate = startCertificate(authority, key, validity);
    X509 *leaf = certificate.get();
    // Without a subject the alternative names must be critical, RFC 5280 section 4.2.1.6.
    const bool named = names.front().size() <= kMaximumCommonName;
    const bool made = leaf != nullptr && (!named || setCommonName(leaf, names.front())) &&
                      addExtension(leaf, authority, NID_basic_constraints, "critical,CA:FALSE") &&
                      addExtension(leaf, authority, NID_key_usage, "critical,digitalSignature") &&
                      addExtension(leaf, authority, NID_ext_key_usage, "serverAuth") &&
                      addExtension(leaf, authority, NID_subject_key_identifier, "hash") &&
                      addExtension(leaf, authority, NID_authority_key_identifier, "keyid:always") &&
                      addExtension(leaf, authority, NID_subject_alt_name, (named ? "" : "critical,") + *alternatives) &&
                      X509_sign(leaf, authorityKey, EVP_sha256()) > 0;
    if (!made)
        return notIssued();
    return certificate;
}

engine::TlsHandle<BIO> toPem(X509 *certificate)
{
    engine::TlsHandle<BIO> pem(BIO_new(BIO_s_mem()));
    return pem != nullptr && PEM_write_bio_X509(pem.get(), certificate) == 1 ? std::move(pem) : nullptr;
}

engine::TlsHandle<BIO> toPem(EVP_PKEY *key)
{
    engine::TlsHandle<BIO> pem(BIO_new(BIO_s_mem()));
    const bool written =
        pem != nullptr && PEM_write_bio_PKCS8PrivateKey(pem.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1;
    return written ? std::move(pem) : nullptr;
}

std::string_view textOf(BIO *pem)
{
    char *text = nullptr;
    const long size = BIO_get_mem_data(pem, &text);
    return {text, static_cast<std::size_t>(size)};
}

} // namespace mainstay::certificates
