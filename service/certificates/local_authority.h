// SPDX-License-Identifier: GPL-3.0-or-later
// A certificate authority of this machine's own, for names no public authority vouches for.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "certificates/x509_issue.h"
#include "engine/tls_certificate.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace mainstay::certificates {

// Control thread, or one task of the thread pool. Keeps its own certificate and key in STATE/ca/ca.pem and ca.key, and
// what it issues in STATE/certificates/NAME/certificate.pem and key.pem. Keys have mode 0600. A crash at any moment
// leaves files that the next call completes; several processes on one folder wait for each other.
class LocalAuthority {
public:
    // Makes the authority on first use, for ten years. It is never replaced by itself, since clients were told to
    // trust it: a certificate without its key, or with another's, fails with "authority.key-missing" or
    // "authority.key-mismatch", damaged files with "authority.malformed", the rest as writeWholeFile().
    static Result<LocalAuthority> open(const std::filesystem::path &stateFolder, std::string_view hostName,
                                       WallTime now);

    // A certificate for exactly `names` that holds for 90 days. The stored one is used until the names differ, less
    // than a third of its life remains, it is damaged, or another authority signed it. `name` is a file name.
    // Fails with "certificate.name-invalid", "certificate.not-issued", or as writeWholeFile().
    [[nodiscard]] Result<engine::TlsCertificate::Pointer>
    certificate(const std::string &name, const std::vector<std::string> &names, WallTime now) const;

    // What clients are to trust, readable by all.
    [[nodiscard]] std::filesystem::path certificateFile() const;

private:
    LocalAuthority(std::filesystem::path stateFolder, PrivateKey key, Certificate certificate);

    [[nodiscard]] bool stillServes(const engine::TlsCertificate &certificate, std::vector<std::string> names,
                                   WallTime now) const;
    [[nodiscard]] Result<engine::TlsCertificate::Pointer>
    issue(const std::filesystem::path &folder, const std::vector<std::string> &names, WallTime now) const;

    std::filesystem::path m_stateFolder;
    PrivateKey m_key;
    Certificate m_certificate;
};

} // namespace mainstay::certificates
