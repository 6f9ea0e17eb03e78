// SPDX-License-Identifier: GPL-3.0-or-later
// Secrets are read from where only those who may can read, and are in nothing that is said.
#include "databases/connection_settings.h"
#include "databases/odbc_string.h"

#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <fstream>

using namespace mainstay;
using namespace mainstay::databases;

class SecretsTest : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;

    config::FilePath file(const char *name, const char *text, unsigned mode) const
    {
        const std::filesystem::path path = std::filesystem::path(m_folder.path().toStdString()) / name;
        std::ofstream(path) << text;
        std::filesystem::permissions(path, static_cast<std::filesystem::perms>(mode));
        return {path.string()};
    }

private Q_SLOTS:
    void readsTheFirstLine()
    {
        QCOMPARE(readSecretFile(file("a", "s3cret\r\nmore", 0600)).value(), std::string("s3cret"));
        QCOMPARE(readSecretFile(file("b", "s3cret", 0640)).value(), std::string("s3cret"));
    }

    void refusesWhatOthersCanRead()
    {
        for (const unsigned mode : {0644U, 0602U}) {
            const auto secret = readSecretFile(file("open", "s3cret", mode));
            QCOMPARE(secret.error().code, std::string("secret.exposed"));
            QVERIFY(secret.error().text().find("s3cret") == std::string::npos);
        }
        QCOMPARE(readSecretFile({"/nowhere/at/all"}).error().code, std::string("secret.unreadable"));
        QCOMPARE(readSecretFile(file("empty", "\nsecond", 0600)).error().code, std::string("secret.empty"));
    }

    void takesTheVariable()
    {
        config::DatabaseConfig config;
        config.driver = config::DatabaseDriver::postgresql;
        config.passwordVariable = "MAINSTAY_TEST_PASSWORD";
        QCOMPARE(connectionSettings(config, {}).error().code, std::string("secret.missing"));
        qputenv("MAINSTAY_TEST_PASSWORD", "from-there");
        const auto settings = connectionSettings(config, {});
        QCOMPARE(settings->password, QStringLiteral("from-there"));
        QCOMPARE(settings->redaction.apply("user x, from-there\nand from-there "), std::string("user x, *** and ***"));
    }

    void knowsUnixSockets()
    {
        config::DatabaseConfig config;
        config.driver = config::DatabaseDriver::postgresql;
        config.host = "/run/postgresql/.s.PGSQL.5433";
        auto settings = connectionSettings(config, {});
        QCOMPARE(settings->host, QStringLiteral("/run/postgresql"));
        QCOMPARE(settings->port, 5433);
        config.driver = config::DatabaseDriver::mysql;
        config.host = "/run/mysqld/mysqld.sock";
        settings = connectionSettings(config, {});
        QVERIFY(settings->options.endsWith(QStringLiteral("UNIX_SOCKET=/run/mysqld/mysqld.sock")));
    }

    void readsConnectionStrings()
    {
        QCOMPARE(odbcSecrets("Driver={a;b};Uid=me; PWD = {s;1}}2};Server=x"),
                 (std::vector<std::string>{"{s;1}}2}", "s;1}2"}));
        QCOMPARE(odbcSecrets("shop"), std::vector<std::string>{});
        QCOMPARE(odbcSource("DSN=shop;UID=me"), std::string("shop;UID=me"));
        QCOMPARE(odbcSource("Driver=x;DSN=shop"), std::string("Driver=x;DSN=shop"));
        QCOMPARE(odbcValue("plain"), std::string("plain"));
        QCOMPARE(odbcValue("a;b}c"), std::string("{a;b}}c}"));
        QCOMPARE(odbcValue("a+b"), std::string("{a+b}"));
        QCOMPARE(odbcValue("x%41"), std::string("{x%41}"));
        QCOMPARE(odbcSecrets("PWD\t=\ts1;SSLKeyPassword\n= s2"), (std::vector<std::string>{"s1", "s1", "s2", "s2"}));
    }

    void connectionFileIsASecret()
    {
        config::DatabaseConfig config;
        config.driver = config::DatabaseDriver::odbc;
        config.connectionFile = file("odbc", "Driver=X;Server=db;PWD=s3cret;", 0600);
        const auto settings = connectionSettings(config, {});
        QCOMPARE(settings->redaction.apply("[X] bad: Driver=X;Server=db;PWD=s3cret; s3cret"),
                 std::string("[X] bad: *** ***"));
        config.connectionFile = {};
        config.dsn = "Driver=X;PWD=s3cret";
        QCOMPARE(targetText(config), std::string("odbc: Driver=X;PWD=***"));
    }
};

QTEST_APPLESS_MAIN(SecretsTest)
#include "secrets_test.moc"
