// SPDX-License-Identifier: GPL-3.0-or-later
// Certificates from files: what is loaded, what is refused and what is worth a warning.
#include "certificates/certificate_files.h"
#include "certificates/x509_issue.h"

#include <QTemporaryDir>
#include <QTest>
#include <fstream>
#include <functional>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <unistd.h>

using namespace mainstay;
using namespace mainstay::certificates;
namespace fs = std::filesystem;

namespace {

using std::chrono::hours;

struct Pair {
    std::string chain;
    std::string key;
};

std::string pemOf(auto *object)
{
    const auto pem = toPem(object);
    return std::string(textOf(pem.get()));
}

std::string encryptedPemOf(EVP_PKEY *key)
{
    const engine::TlsHandle<BIO> pem(BIO_new(BIO_s_mem()));
    PEM_write_bio_PKCS8PrivateKey(pem.get(), key, EVP_aes_256_cbc(), "secret", 6, nullptr, nullptr);
    return std::string(textOf(pem.get()));
}

} // namespace

class CertificateFilesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();

    void loads();
    void oneFileForBoth();
    void refusals_data();
    void refusals();
    void missingFiles();
    void unreadableFiles();
    void warnings_data();
    void warnings();
    void tooWeakForTls();

private:
    [[nodiscard]] CertificateFiles files() const
    {
        const fs::path folder = m_folder->path().toStdString();
        return {folder / "chain.pem", folder / "key.pem"};
    }
    void store(const Pair &pair, fs::perms keyMode = fs::perms::owner_read | fs::perms::owner_write) const
    {
        std::ofstream(files().chain) << pair.chain;
        std::ofstream(files().key) << pair.key;
        fs::permissions(files().key, keyMode);
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    const WallTime m_now = WallClock::now();
    const Validity m_validity{m_now - hours(1), m_now + hours(24)};
    PrivateKey m_key;
    PrivateKey m_authorityKey;
    Certificate m_authority;
    Certificate m_leaf;
};

void CertificateFilesTest::initTestCase()
{
    m_key = makeKey().value();
    m_authorityKey = makeKey().value();
    m_authority = makeAuthority("test", m_authorityKey.get(), m_validity).value();
    m_leaf = makeServerCertificate({"Shop.test", "192.0.2.1"}, m_key.get(), m_authority.get(), m_authorityKey.get(),
                                   m_validity)
                 .value();
}

void CertificateFilesTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
}

void CertificateFilesTest::loads()
{
    store({pemOf(m_leaf.get()) + pemOf(m_authority.get()), pemOf(m_key.get())});
    const auto loaded = loadCertificateFiles(files(), "certificate.shop", m_now);
    QVERIFY2(loaded.has_value(), loaded ? "" : loaded.error().text().c_str());
    QVERIFY(loaded->warnings.empty());
    QCOMPARE(loaded->certificate->names(), (std::vector<std::string>{"shop.test", "192.0.2.1"}));
    QCOMPARE(loaded->certificate->notAfter(), std::chrono::floor<Seconds>(m_validity.notAfter));
    QCOMPARE(loaded->certificate->fingerprint().size(), std::size_t(64));
}

void CertificateFilesTest::oneFileForBoth()
{
    store({pemOf(m_key.get()) + pemOf(m_leaf.get()), {}});
    QVERIFY(loadCertificateFiles({files().chain, files().chain}, "certificate.shop", m_now).has_value());
}

void CertificateFilesTest::refusals_data()
{
    QTest::addColumn<QByteArray>("chain");
    QTest::addColumn<QByteArray>("key");
    QTest::addColumn<QByteArray>("code");
    QTest::addColumn<QByteArray>("file");
    const QByteArray leaf = QByteArray::fromStdString(pemOf(m_leaf.get()));
    const QByteArray authority = QByteArray::fromStdString(pemOf(m_authority.get()));
    const QByteArray key = QByteArray::fromStdString(pemOf(m_key.get()));
    const QByteArray otherKey = QByteArray::fromStdString(pemOf(m_authorityKey.get()));
    const QByteArray encrypted = QByteArray::fromStdString(encryptedPemOf(m_key.get()));
    QByteArray damaged = leaf;
    damaged.replace(100, 8, "????????");

    const auto row = [](const char *name, const QByteArray &chain, const QByteArray &secret, const char *code,
                        const char *file) {
        QTest::newRow(name) << chain << secret << QByteArray(code) << QByteArray(file);
    };
    row("empty chain", "", key, "certificate.empty", "chain.pem");
    row("no certificate", key, key, "certificate.empty", "chain.pem");
    row("damaged", damaged, key, "certificate.malformed", "chain.pem");
    row("damaged second", leaf + damaged, key, "certificate.malformed", "chain.pem");
    row("cut short", leaf.left(300), key, "certificate.malformed", "chain.pem");
    row("no key", leaf, "", "certificate.key-missing", "key.pem");
    row("a certificate for a key", leaf, leaf, "certificate.key-missing", "key.pem");
    row("damaged key", leaf, QByteArray(key).replace(60, 4, "????"), "certificate.key-malformed", "key.pem");
    row("encrypted", leaf, encrypted, "certificate.key-encrypted", "key.pem");
    row("another's key", leaf, otherKey, "certificate.key-mismatch", "key.pem");
    row("authority first", authority + leaf, key, "certificate.key-mismatch", "key.pem");
}

void CertificateFilesTest::refusals()
{
    QFETCH(QByteArray, chain);
    QFETCH(QByteArray, key);
    QFETCH(QByteArray, code);
    QFETCH(QByteArray, file);
    store({chain.toStdString(), key.toStdString()});
    const auto loaded = loadCertificateFiles(files(), "certificate.shop", m_now);
    QVERIFY(!loaded);
    QCOMPARE(QByteArray::fromStdString(loaded.error().code), code);
    const fs::path named = files().chain.parent_path() / file.toStdString();
    QVERIFY2(loaded.error().message.starts_with(named.string() + ": "), loaded.error().message.c_str());
}

void CertificateFilesTest::missingFiles()
{
    const auto loaded = loadCertificateFiles(files(), "certificate.shop", m_now);
    QVERIFY(!loaded);
    QCOMPARE(loaded.error().code, std::string("file.missing"));
    QCOMPARE(loaded.error().message,
             files().chain.string() + ": no such file; " + files().key.string() + ": no such file");

    const CertificateFiles folder{files().chain.parent_path(), files().key};
    QCOMPARE(loadCertificateFiles(folder, "certificate.shop", m_now).error().code, std::string("file.unreadable"));
    std::ofstream(files().chain) << std::string((1 << 20) + 1, 'a');
    QCOMPARE(loadCertificateFiles(files(), "certificate.shop", m_now).error().code, std::string("file.too-large"));
}

void CertificateFilesTest::unreadableFiles()
{
    if (::geteuid() == 0)
        QSKIP("root may read everything");
    store({pemOf(m_leaf.get()), pemOf(m_key.get())}, fs::perms::none);
    const auto loaded = loadCertificateFiles(files(), "certificate.shop", m_now);
    QVERIFY(!loaded);
    QCOMPARE(loaded.error().code, std::string("file.unreadable"));
    QCOMPARE(loaded.error().message, files().key.string() + ": cannot be read: Permission denied");
}

void CertificateFilesTest::warnings_data()
{
    QTest::addColumn<int>("hoursFromNow");
    QTest::addColumn<int>("keyMode");
    QTest::addColumn<bool>("strangerInChain");
    QTest::addColumn<QByteArray>("code");
    QTest::newRow("world may read") << 0 << 0644 << false << QByteArray("certificate.key-exposed");
    QTest::newRow("group may read") << 0 << 0640 << false << QByteArray();
    QTest::newRow("expired") << 25 << 0600 << false << QByteArray("certificate.expired");
    QTest::newRow("not yet") << -2 << 0600 << false << QByteArray("certificate.not-yet-valid");
    QTest::newRow("order") << 0 << 0600 << true << QByteArray("certificate.chain-order");
}

void CertificateFilesTest::warnings()
{
    QFETCH(int, hoursFromNow);
    QFETCH(int, keyMode);
    QFETCH(bool, strangerInChain);
    QFETCH(QByteArray, code);
    const auto stranger = makeAuthority("stranger", m_key.get(), m_validity).value();
    store({pemOf(m_leaf.get()) + (strangerInChain ? pemOf(stranger.get()) : ""), pemOf(m_key.get())},
          fs::perms(keyMode));
    const auto loaded = loadCertificateFiles(files(), "certificate.shop", m_now + hours(hoursFromNow));
    QVERIFY2(loaded.has_value(), loaded ? "" : loaded.error().text().c_str());
    QCOMPARE(loaded->warnings.size(), std::size_t(code.isEmpty() ? 0 : 1));
    if (code.isEmpty())
        return;
    const Problem &warning = loaded->warnings.front();
    QCOMPARE(QByteArray::fromStdString(warning.code), code);
    QCOMPARE(warning.path, std::string("certificate.shop"));
    QCOMPARE(warning.severity, Severity::warning);
    QVERIFY2(warning.message.starts_with(files().chain.parent_path().string()), warning.message.c_str());
}

void CertificateFilesTest::tooWeakForTls()
{
    const PrivateKey weak(EVP_RSA_gen(1024));
    const auto certificate =
        makeServerCertificate({"shop.test"}, weak.get(), m_authority.get(), m_authorityKey.get(), m_validity).value();
    store({pemOf(certificate.get()), pemOf(weak.get())});
    const auto loaded = loadCertificateFiles(files(), "certificate.shop", m_now);
    QVERIFY(!loaded);
    QCOMPARE(loaded.error().code, std::string("certificate.unusable"));
    QVERIFY2(loaded.error().message.ends_with("ee key too small"), loaded.error().message.c_str());
}

QTEST_GUILESS_MAIN(CertificateFilesTest)
#include "certificate_files_test.moc"
