// SPDX-License-Identifier: GPL-3.0-or-later
// OCSP responses that are shown, and those that hold no more.
#include "certificates/x509_issue.h"
#include "engine/tls_certificate.h"

#include <QTest>
#include <chrono>
#include <memory>
#include <openssl/ocsp.h>
#include <openssl/x509.h>
#include <string>

using namespace mainstay;
using namespace mainstay::engine;

namespace {

template <auto Function>
struct Freeing {
    template <class T>
    void operator()(T *object) const
    {
        Function(object);
    }
};
using Time = std::unique_ptr<ASN1_GENERALIZEDTIME, Freeing<ASN1_GENERALIZEDTIME_free>>;

// What the authority says of the certificate, from an hour before `until` on.
std::string response(X509 *leaf, X509 *authority, EVP_PKEY *key, WallTime until)
{
    const Time begin(ASN1_GENERALIZEDTIME_set(nullptr, WallClock::to_time_t(until - std::chrono::hours(1))));
    const Time end(ASN1_GENERALIZEDTIME_set(nullptr, WallClock::to_time_t(until)));
    const std::unique_ptr<OCSP_CERTID, Freeing<OCSP_CERTID_free>> id(OCSP_cert_to_id(nullptr, leaf, authority));
    const std::unique_ptr<OCSP_BASICRESP, Freeing<OCSP_BASICRESP_free>> basic(OCSP_BASICRESP_new());
    OCSP_basic_add1_status(basic.get(), id.get(), V_OCSP_CERTSTATUS_GOOD, 0, nullptr, begin.get(), end.get());
    OCSP_basic_sign(basic.get(), authority, key, EVP_sha256(), nullptr, 0);
    const std::unique_ptr<OCSP_RESPONSE, Freeing<OCSP_RESPONSE_free>> whole(
        OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get()));
    unsigned char *bytes = nullptr;
    const int size = i2d_OCSP_RESPONSE(whole.get(), &bytes);
    const std::string der(reinterpret_cast<char *>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return der;
}

} // namespace

class OcspTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatHoldsNoMoreIsNotShown()
    {
        const WallTime now = WallClock::now();
        const certificates::Validity validity{now - std::chrono::hours(1), now + std::chrono::hours(24)};
        const auto authorityKey = certificates::makeKey().value();
        const auto authority = certificates::makeAuthority("test", authorityKey.get(), validity).value();
        const auto key = certificates::makeKey().value();
        const auto leaf =
            certificates::makeServerCertificate({"www.test"}, key.get(), authority.get(), authorityKey.get(), validity)
                .value();
        std::string chain(certificates::textOf(certificates::toPem(leaf.get()).get()));
        chain += certificates::textOf(certificates::toPem(authority.get()).get());
        const auto keyPem = certificates::toPem(key.get());
        for (const int minutes : {-1, +1}) {
            TlsCertificate::Extras extras;
            extras.ocsp =
                response(leaf.get(), authority.get(), authorityKey.get(), now + std::chrono::minutes(minutes));
            const auto made =
                TlsCertificate::fromPem({chain, "chain"}, {certificates::textOf(keyPem.get()), "key"}, extras);
            QVERIFY(made);
            QVERIFY((*made)->ocspUntil());
            QCOMPARE((*made)->ocspOf((*made)->leaf()).empty(), minutes < 0);
        }
    }
};

QTEST_GUILESS_MAIN(OcspTest)
#include "ocsp_test.moc"
