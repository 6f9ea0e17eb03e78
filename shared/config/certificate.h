// SPDX-License-Identifier: GPL-3.0-or-later
// A certificate with its key: [certificate.NAME].
#pragma once

#include "config/setting.h"
#include "config/values.h"

#include <array>
#include <vector>

namespace mainstay::config {

enum class CertificateSource : std::uint8_t {
    files, // PEM files named here
    local, // issued by this machine's own authority, kept under the state folder
};

constexpr auto enumerators(CertificateSource)
{
    return std::array{
        Enumerator{CertificateSource::files, "files", MS_NOOP("Config", "PEM files")},
        Enumerator{CertificateSource::local, "local", MS_NOOP("Config", "Local authority")},
    };
}

// Immutable once loaded.
struct CertificateConfig {
    CertificateSource source = CertificateSource::files;
    std::vector<HostPattern> names;
    FilePath certificate;
    FilePath key;
    FilePath ocsp;
    Reference<CertificateConfig> alternative;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&CertificateConfig::source, "source",
          {.label = MS_NOOP("Config", "Source"),
           .help = MS_NOOP("Config", "Where the certificate comes from: files that are named here, or this "
                                     "machine's own authority, which issues it.")});
        v(&CertificateConfig::names, "names",
          {.label = MS_NOOP("Config", "Names"),
           .help = MS_NOOP("Config", "With source \"local\", required: host names and addresses the certificate is "
                                     "for.")});
        v(&CertificateConfig::certificate, "certificate",
          {.label = MS_NOOP("Config", "Certificate file"),
           .help = MS_NOOP("Config", "With source \"files\", required: PEM file of the certificate, followed by those "
                                     "that issued it.")});
        v(&CertificateConfig::key, "key",
          {.label = MS_NOOP("Config", "Key file"),
           .help = MS_NOOP("Config", "With source \"files\", required: PEM file of the private key.")});
        v(&CertificateConfig::ocsp, "ocsp",
          {.label = MS_NOOP("Config", "OCSP response"),
           .help =
               MS_NOOP("Config", "With source \"files\": file of an OCSP response in DER, as `openssl ocsp -respout` "
                                 "writes it, that clients get with the certificate.")});
        v(&CertificateConfig::alternative, "alternative",
          {.label = MS_NOOP("Config", "Alternative"),
           .help =
               MS_NOOP("Config", "Certificate with another kind of key (RSA beside ECDSA), for the same names, that "
                                 "is shown to clients that cannot use this one.")});
    }

    friend bool operator==(const CertificateConfig &, const CertificateConfig &) = default;
};

} // namespace mainstay::config
