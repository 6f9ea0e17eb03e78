// SPDX-License-Identifier: GPL-3.0-or-later
// What servers are spoken to with: by which authorities they are verified, and what backends and revisions share.
#include "control/backend_tls.h"

#include "certificates/x509_issue.h"

#include <QTemporaryDir>
#include <QTest>

#include <chrono>
#include <fstream>

using namespace mainstay;
using namespace mainstay::control;

class BackendTlsTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    const BackendTls::Contexts m_none;

    [[nodiscard]] std::string path(const char *name) const
    {
        return m_folder.filePath(QString::fromUtf8(name)).toStdString();
    }
    void writeAuthority(const char *name) const
    {
        const auto key = certificates::makeKey().value();
        const WallTime now = WallClock::now();
        const auto made =
            certificates::makeAuthority("test", key.get(), {now - std::chrono::hours(1), now + std::chrono::hours(24)});
        const auto pem = certificates::toPem(made.value().get());
        std::ofstream(path(name)) << certificates::textOf(pem.get());
    }
    [[nodiscard]] config::BackendConfig backend(const char *authorities) const
    {
        config::BackendConfig backend;
        backend.protocol = config::BackendProtocol::https;
        backend.tlsCa.path = path(authorities);
        return backend;
    }

private Q_SLOTS:
    void initTestCase()
    {
        writeAuthority("ca.pem");
        writeAuthority("other.pem");
        std::ofstream(path("empty.pem")) << "nothing\n";
    }

    void backendsShareAuthorities()
    {
        BackendTls tls(m_none);
        const auto first = tls.prepare("a", backend("ca.pem"), nullptr);
        auto speaking = backend("ca.pem");
        speaking.protocol = config::BackendProtocol::h2;
        const auto second = tls.prepare("b", speaking, nullptr);
        QVERIFY(first && second);
        QVERIFY((*first)->policy().authorities != nullptr);
        QVERIFY((*first)->policy().authorities == (*second)->policy().authorities);
        QCOMPARE((*first)->policy().protocol, std::string("http/1.1"));
        QCOMPARE((*second)->policy().protocol, std::string("h2"));
        const auto other = tls.prepare("c", backend("other.pem"), nullptr);
        QVERIFY(other && (*other)->policy().authorities != (*first)->policy().authorities);
    }

    // Or connections that rest would be closed by every publish.
    void whatDidNotChangeIsTheSame()
    {
        BackendTls::Contexts before;
        before.emplace("a", BackendTls(before).prepare("a", backend("ca.pem"), nullptr).value());
        QVERIFY(BackendTls(before).prepare("a", backend("ca.pem"), nullptr).value() == before.at("a"));
        QVERIFY(BackendTls(before).prepare("a", backend("other.pem"), nullptr).value() != before.at("a"));
        writeAuthority("ca.pem");
        QVERIFY(BackendTls(before).prepare("a", backend("ca.pem"), nullptr).value() != before.at("a"));
    }

    void filesThatCannotBeUsed()
    {
        BackendTls tls(m_none);
        const auto missing = tls.prepare("a", backend("missing.pem"), nullptr);
        QVERIFY(!missing);
        QCOMPARE(missing.error().code, std::string("file.missing"));
        const auto empty = tls.prepare("a", backend("empty.pem"), nullptr);
        QVERIFY(!empty);
        QCOMPARE(empty.error().code, std::string("certificate.empty"));
    }

    void whoVerifiesNothingReadsNothing()
    {
        auto careless = backend("missing.pem");
        careless.tlsVerify = false;
        const auto context = BackendTls(m_none).prepare("a", careless, nullptr);
        QVERIFY(context.has_value());
        QVERIFY((*context)->policy().authorities == nullptr);
    }
};

QTEST_APPLESS_MAIN(BackendTlsTest)
#include "backend_tls_test.moc"
