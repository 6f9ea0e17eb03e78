// SPDX-License-Identifier: GPL-3.0-or-later
// What is wrong with the TLS of a backend is found where it stands, with what to do.
#include "schema/reader.h"

#include <QTest>

using namespace mainstay;
using namespace mainstay::schema;

class BackendRulesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void tls_data()
    {
        QTest::addColumn<QString>("settings");
        QTest::addColumn<QString>("expected");
        const auto row = [](const char *settings, const char *expected) {
            QTest::newRow(settings) << QString::fromUtf8(settings) << QString::fromUtf8(expected);
        };
        row("", "");
        row("protocol = \"h2c\"", "");
        row("protocol = \"https\"\ntls_ca = \"/a.pem\"\ntls_name = \"api.internal\"", "");
        row("protocol = \"h2\"\ntls_name = \"127.0.0.1\"", "");
        row("protocol = \"https\"\nproxy_protocol = \"v2\"", "");
        row("protocol = \"h2c\"\nproxy_protocol = \"v1\"", "backend.shared-connection backend.app.proxy_protocol");
        row("tls_ca = \"/a.pem\"", "backend.no-tls backend.app.tls_ca");
        row("protocol = \"h2c\"\ntls_name = \"a\"", "backend.no-tls backend.app.tls_name");
        row("tls_verify = false", "backend.no-tls backend.app.tls_verify");
        row("protocol = \"https\"\ntls_name = \"*.a\"", "backend.malformed-name backend.app.tls_name");
        row("protocol = \"https\"\ntls_name = \"a b\"", "backend.malformed-name backend.app.tls_name");
        row("protocol = \"https\"\ntls_verify = false", "backend.unverified backend.app.tls_verify");
        row("protocol = \"https\"\ntls_verify = false\ntls_ca = \"/a.pem\"",
            "backend.unverified backend.app.tls_verify, backend.unverified-authorities backend.app.tls_ca");
    }
    void tls()
    {
        QFETCH(QString, settings);
        QFETCH(QString, expected);
        const std::string toml =
            "[backend.app]\n" + settings.toStdString() + "\n[backend.app.server.a]\naddress = \"127.0.0.1:80\"\n";
        const SourceFile file{"/etc/mainstay/mainstay.toml", toml, Owner::files};
        QStringList found;
        for (const Problem &problem : readConfiguration({&file, 1}).problems) {
            if (problem.code.starts_with("backend.") && problem.path.starts_with("backend.app."))
                found << QString::fromStdString(problem.code + " " + problem.path);
            else if (problem.severity == Severity::error)
                found << QString::fromStdString(problem.code + " " + problem.path + ": " + problem.message);
            QVERIFY(!problem.remedy.empty());
        }
        QCOMPARE(found.join(QStringLiteral(", ")), expected);
    }
};

QTEST_APPLESS_MAIN(BackendRulesTest)
#include "backend_rules_test.moc"
