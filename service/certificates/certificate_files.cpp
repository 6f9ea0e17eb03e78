// SPDX-License-Identifier: GPL-3.0-or-later
// Loads certificates and says what an administrator should look at.
#include "certificates/certificate_files.h"

#include "certificates/whole_file.h"

#include <ctime>

namespace mainstay::certificates {

namespace {

std::string dateOf(WallTime time)
{
    const std::time_t seconds = WallClock::to_time_t(time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[sizeof "0000-00-00 00:00 UTC" + 8];
    const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &parts);
    return {text, size};
}

Problems findWarnings(const engine::TlsCertificate &certificate, const CertificateFiles &files, const std::string &path,
                      WallTime now)
{
    Problems warnings;
    const auto warn = [&](std::string code, const std::filesystem::path &file, std::string message,
                          std::string remedy) {
        warnings.push_back({std::move(code),
                            path,
                            file.string() + ": " + std::move(message),
                            std::move(remedy),
                            {},
                            Severity::warning});
    };
    if (isWorldReadable(files.key))
        warn("certificate.key-exposed", files.key, "every user of this machine can read the private key",
             "chmod o= " + files.key.string());
    if (now >= certificate.notAfter())
        warn("certificate.expired", files.chain, "expired on " + dateOf(certificate.notAfter()), "renew it");
    if (now < certificate.notBefore())
        warn("certificate.not-yet-valid", files.chain, "does not hold before " + dateOf(certificate.notBefore()),
             "see that the machine's clock is right");
    if (const auto until = certificate.ocspUntil(); until && now >= *until)
        warn("certificate.ocsp-expired", files.ocsp, "the OCSP response held until " + dateOf(*until),
             "fetch it anew, regularly");
    if (!certificate.isOrdered())
        warn("certificate.chain-order", files.chain, "a certificate in it was not signed by the one that follows",
             "put the server's certificate first and after each the one that signed it, without the root");
    return warnings;
}

} // namespace

Result<LoadedCertificate> loadCertificateFiles(const CertificateFiles &files, const std::string &path, WallTime now,
                                               engine::TlsCertificate::Pointer alternative)
{
    auto chain = readFile(files.chain);
    auto key = readFile(files.key);
    if (!chain && !key && files.chain != files.key)
        return fail(chain.error().code, chain.error().message + "; " + key.error().message, chain.error().remedy);
    if (!chain)
        return forward(std::move(chain));
    if (!key)
        return forward(std::move(key));
    engine::TlsCertificate::Extras extras{std::move(alternative), {}};
    if (!files.ocsp.empty()) {
        auto ocsp = readFile(files.ocsp);
        if (!ocsp)
            return forward(std::move(ocsp));
        extras.ocsp = ocsp->view();
    }
    auto certificate = engine::TlsCertificate::fromPem({chain->view(), files.chain.string()},
                                                       {key->view(), files.key.string()}, std::move(extras));
    if (!certificate)
        return forward(std::move(certificate));
    Problems warnings = findWarnings(**certificate, files, path, now);
    return LoadedCertificate{std::move(*certificate), std::move(warnings)};
}

} // namespace mainstay::certificates
