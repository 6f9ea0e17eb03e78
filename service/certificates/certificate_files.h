// SPDX-License-Identifier: GPL-3.0-or-later
// Certificates that an administrator keeps in files.
#pragma once

#include "base/clock.h"
#include "base/problem.h"
#include "base/result.h"
#include "engine/tls_certificate.h"

#include <filesystem>
#include <string>

namespace mainstay::certificates {

// PEM files; both may be the same one.
struct CertificateFiles {
    std::filesystem::path chain; // the server's certificate, then those that signed it
    std::filesystem::path key;
    std::filesystem::path ocsp = {}; // a response in DER; empty for none
};

struct LoadedCertificate {
    engine::TlsCertificate::Pointer certificate;
    Problems warnings; // "certificate.key-exposed", "certificate.expired", "certificate.not-yet-valid",
                       // "certificate.chain-order", "certificate.ocsp-expired"
};

// Any thread. `path` is the configuration's name for the certificate ("certificate.shop") and goes into the warnings.
// Fails as readFile() and TlsCertificate::fromPem() do, naming the file at fault, or both.
[[nodiscard]] Result<LoadedCertificate> loadCertificateFiles(const CertificateFiles &files, const std::string &path,
                                                             WallTime now,
                                                             engine::TlsCertificate::Pointer alternative = nullptr);

} // namespace mainstay::certificates
