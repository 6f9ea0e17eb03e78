// SPDX-License-Identifier: GPL-3.0-or-later
// Opens the local authority and issues certificates under it.
#include "certificates/local_authority.h"

#include "base/endpoint.h"
#include "certificates/whole_file.h"
#include "engine/tls_server_name.h"

#include <algorithm>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace mainstay::certificates {

namespace {

using engine::TlsCertificate;

constexpr std::chrono::hours kClockSkew{1}; // certificates hold a little before they are made
constexpr std::chrono::days kAuthorityLife{3653};
constexpr std::chrono::days kServerLife{90};

std::filesystem::path authorityFolder(const std::filesystem::path &stateFolder)
{
    return stateFolder / "ca";
}

Validity validFor(WallTime now, std::chrono::days life)
{
    return {now - kClockSkew, now + life};
}

engine::TlsHandle<BIO> openText(const SecretText &text)
{
    return engine::TlsHandle<BIO>(BIO_new_mem_buf(text.view().data(), static_cast<int>(text.view().size())));
}

tl::unexpected<Error> malformed(const std::filesystem::path &file)
{
    return fail("authority.malformed", file.string() + ": is damaged: " + engine::takeTlsError(),
                "restore it from a backup, or move the folder away to have a new authority made");
}

bool isMissing(const Result<SecretText> &text)
{
    return !text && text.error().code == "file.missing";
}

// What is stored, or a new one that is stored before it is used.
Result<PrivateKey> openKey(const std::filesystem::path &file, bool mayCreate)
{
    const auto text = readFile(file);
    if (isMissing(text) && !mayCreate)
        return fail("authority.key-missing", file.string() + ": the local authority's key is gone",
                    "restore it, or move ca.pem away to have a new authority made, which clients must then trust");
    if (isMissing(text)) {
        auto key = makeKey();
        if (!key)
            return key;
        const auto pem = toPem(key->get());
        if (auto written = writeWholeFile(file, textOf(pem.get()), Readers::ownerAlone); !written)
            return forward(std::move(written));
        return key;
    }
    if (!text)
        return tl::unexpected(text.error());
    PrivateKey key(PEM_read_bio_PrivateKey(openText(*text).get(), nullptr, nullptr, nullptr));
    if (key == nullptr)
        return malformed(file);
    return key;
}

Result<Certificate> openCertificate(const std::filesystem::path &file, const Result<SecretText> &text, EVP_PKEY *key,
                                    std::string_view hostName, WallTime now)
{
    if (isMissing(text)) {
        auto certificate =
            makeAuthority("Mainstay local CA " + std::string(hostName), key, validFor(now, kAuthorityLife));
        if (!certificate)
            return certificate;
        const auto pem = toPem(certificate->get());
        if (auto written = writeWholeFile(file, textOf(pem.get()), Readers::everyone); !written)
            return forward(std::move(written));
        return certificate;
    }
    if (!text)
        return tl::unexpected(text.error());
    Certificate certificate(PEM_read_bio_X509(openText(*text).get(), nullptr, nullptr, nullptr));
    if (certificate == nullptr)
        return malformed(file);
    if (X509_check_private_key(certificate.get(), key) != 1) {
        ERR_clear_error();
        return fail("authority.key-mismatch", file.string() + ": ca.key beside it is another authority's key",
                    "restore the two together, or move both away to have a new authority made");
    }
    return certificate;
}

// In the spelling that TlsCertificate::names() has, sorted.
std::vector<std::string> canonical(std::vector<std::string> names)
{
    for (std::string &name : names) {
        const bool wildcard = name.starts_with("*.");
        if (const auto address = IpAddress::parse(name))
            name = address->text();
        else if (const auto host = engine::ServerName::parse(std::string_view(name).substr(wildcard ? 2 : 0)))
            name = (wildcard ? "*." : "") + std::string(host->text());
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

bool isFileName(std::string_view name)
{
    return !name.empty() && name.front() != '.' && name.find_first_of(std::string_view("/\\\0", 3)) == name.npos;
}

Result<TlsCertificate::Pointer> readStored(const std::filesystem::path &folder)
{
    const std::filesystem::path certificateFile = folder / "certificate.pem";
    const std::filesystem::path keyFile = folder / "key.pem";
    auto certificate = readFile(certificateFile);
    auto key = readFile(keyFile);
    if (!certificate || !key)
        return tl::unexpected(certificate ? key.error() : certificate.error());
    return TlsCertificate::fromPem({certificate->view(), certificateFile.string()}, {key->view(), keyFile.string()});
}

} // namespace

LocalAuthority::LocalAuthority(std::filesystem::path stateFolder, PrivateKey key, Certificate certificate)
    : m_stateFolder(std::move(stateFolder)), m_key(std::move(key)), m_certificate(std::move(certificate))
{}

Result<LocalAuthority> LocalAuthority::open(const std::filesystem::path &stateFolder, std::string_view hostName,
                                            WallTime now)
{
    const std::filesystem::path folder = authorityFolder(stateFolder);
    auto lock = FolderLock::acquire(folder);
    if (!lock)
        return forward(std::move(lock));
    // The key is stored first: a key without certificate is a crash that is completed here, the reverse never is.
    const auto text = readFile(folder / "ca.pem");
    auto key = openKey(folder / "ca.key", isMissing(text));
    if (!key)
        return forward(std::move(key));
    auto certificate = openCertificate(folder / "ca.pem", text, key->get(), hostName, now);
    if (!certificate)
        return forward(std::move(certificate));
    return LocalAuthority(stateFolder, std::move(*key), std::move(*certificate));
}

std::filesystem::path LocalAuthority::certificateFile() const
{
    return authorityFolder(m_stateFolder) / "ca.pem";
}

Result<TlsCertificate::Pointer> LocalAuthority::certificate(const std::string &name,
                                                            const std::vector<std::string> &names, WallTime now) const
{
    if (!isFileName(name))
        return fail("certificate.name-invalid", "\"" + name + "\" cannot be the name of a folder",
                    "leave out slashes and do not begin with a dot");
    const std::filesystem::path folder = m_stateFolder / "certificates" / name;
    auto lock = FolderLock::acquire(folder);
    if (!lock)
        return forward(std::move(lock));
    if (auto stored = readStored(folder); stored && stillServes(**stored, names, now))
        return stored;
    return issue(folder, names, now);
}

bool LocalAuthority::stillServes(const TlsCertificate &certificate, std::vector<std::string> names, WallTime now) const
{
    const bool ours = X509_check_issued(m_certificate.get(), certificate.leaf()) == X509_V_OK &&
                      X509_verify(certificate.leaf(), m_key.get()) == 1;
    ERR_clear_error();
    const auto life = certificate.notAfter() - certificate.notBefore();
    return ours && now >= certificate.notBefore() && certificate.notAfter() - now >= life / 3 &&
           canonical(certificate.names()) == canonical(std::move(names));
}

Result<TlsCertificate::Pointer> LocalAuthority::issue(const std::filesystem::path &folder,
                                                      const std::vector<std::string> &names, WallTime now) const
{
    auto key = makeKey();
    if (!key)
        return forward(std::move(key));
    auto certificate =
        makeServerCertificate(names, key->get(), m_certificate.get(), m_key.get(), validFor(now, kServerLife));
    if (!certificate)
        return forward(std::move(certificate));

    // Between the two a crash leaves a pair that does not match, which the next call replaces.
    const auto keyPem = toPem(key->get());
    const auto certificatePem = toPem(certificate->get());
    if (auto written = writeWholeFile(folder / "key.pem", textOf(keyPem.get()), Readers::ownerAlone); !written)
        return forward(std::move(written));
    if (auto written = writeWholeFile(folder / "certificate.pem", textOf(certificatePem.get()), Readers::everyone);
        !written)
        return forward(std::move(written));
    return readStored(folder);
}

} // namespace mainstay::certificates
