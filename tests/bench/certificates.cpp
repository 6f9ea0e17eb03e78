// SPDX-License-Identifier: GPL-3.0-or-later
// bench_certificates FOLDER COUNT: an authority, and so many certificates that it has signed, each with a key of its
// own: I.crt and I.key for the name hI.bench.test; 0.pem has both.
#include "certificates/x509_issue.h"

#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

using namespace mainstay;
using namespace mainstay::certificates;

void write(const std::filesystem::path &path, std::string_view text)
{
    std::ofstream(path, std::ios::binary) << text;
}

} // namespace

int main(int argc, char *argv[])
{
    int count = 0;
    if (argc != 3 || std::from_chars(argv[2], argv[2] + std::strlen(argv[2]), count).ec != std::errc() || count < 1) {
        std::fputs("usage: bench_certificates FOLDER COUNT\n", stderr);
        return 2;
    }
    const std::filesystem::path folder = argv[1];
    const WallTime now = WallClock::now();
    const Validity validity{now - std::chrono::hours(1), now + std::chrono::hours(24 * 30)};
    const auto authorityKey = makeKey().value();
    const auto authority = makeAuthority("bench", authorityKey.get(), validity).value();
    for (int i = 0; i < count; ++i) {
        const std::string number = std::to_string(i);
        const auto key = makeKey().value();
        const auto certificate = makeServerCertificate({"h" + number + ".bench.test"}, key.get(), authority.get(),
                                                       authorityKey.get(), validity)
                                     .value();
        const auto keyPem = toPem(key.get());
        const auto certificatePem = toPem(certificate.get());
        write(folder / (number + ".key"), textOf(keyPem.get()));
        write(folder / (number + ".crt"), textOf(certificatePem.get()));
        if (i == 0)
            write(folder / "0.pem", std::string(textOf(certificatePem.get())) + std::string(textOf(keyPem.get())));
    }
    return 0;
}
