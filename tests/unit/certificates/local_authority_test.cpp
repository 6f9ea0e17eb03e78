// SPDX-License-Identifier: GPL-3.0-or-later
// The local authority, judged by the openssl command and by kill -9.
#include "certificates/local_authority.h"
#include "certificates/whole_file.h"

#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <csignal>
#include <fstream>
#include <random>
#include <set>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace mainstay;
using namespace mainstay::certificates;
namespace fs = std::filesystem;

namespace {

using std::chrono::days;

const std::vector<std::string> kNames{"www.demo.test", "*.demo.test", "127.0.0.1", "::1"};

int modeOf(const fs::path &file)
{
    struct stat status = {};
    return ::stat(file.c_str(), &status) == 0 ? static_cast<int>(status.st_mode & 07777) : -1;
}

std::string contentOf(const fs::path &file)
{
    std::ifstream input(file);
    return {std::istreambuf_iterator<char>(input), {}};
}

void replaceContent(const fs::path &file, const std::string &content)
{
    std::ofstream(file) << content;
}

// What `openssl` prints; starts with "failed" when it does.
std::string openssl(const std::vector<std::string> &words)
{
    QStringList arguments;
    for (const std::string &word : words)
        arguments << QString::fromStdString(word);
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(QStringLiteral("openssl"), arguments);
    if (!process.waitForFinished() || process.exitStatus() != QProcess::NormalExit)
        return "failed to run";
    return (process.exitCode() == 0 ? "" : "failed: ") + process.readAll().toStdString();
}

// Whether a client that trusts `authority` would accept `leaf`; `how` are further options of openssl-verify.
bool verifies(const fs::path &authority, const fs::path &leaf, const std::vector<std::string> &how = {})
{
    std::vector<std::string> words{"verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", authority.string()};
    words.insert(words.end(), how.begin(), how.end());
    words.push_back(leaf.string());
    return openssl(words) == leaf.string() + ": OK\n";
}

bool contains(const std::string &text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

std::string codeOf(const auto &result)
{
    return result ? std::string("none") : result.error().code;
}

} // namespace

class LocalAuthorityTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();

    void firstUse();
    void whatOpensslSays();
    void theStoredOneIsUsed();
    void namesInAnySpelling();
    void newNamesMeanANewCertificate();
    void aThirdOfTheLifeLeft();
    void anotherAuthority();
    void damagedFilesAreReplaced();
    void badNames_data();
    void badNames();
    void longNames();
    void theAuthorityIsNeverReplaced();
    void anUnwritableFolder();
    void processesWaitForEachOther();
    void killedAtAnyMoment();

private:
    [[nodiscard]] fs::path state() const { return m_folder->path().toStdString(); }
    [[nodiscard]] fs::path authorityFile() const { return state() / "ca/ca.pem"; }
    [[nodiscard]] fs::path leafFile() const { return state() / "certificates/web/certificate.pem"; }
    [[nodiscard]] LocalAuthority authority() const { return LocalAuthority::open(state(), "host", m_now).value(); }
    [[nodiscard]] std::string fingerprint(const std::vector<std::string> &names, WallTime now) const
    {
        const auto made = authority().certificate("web", names, now);
        return made ? (*made)->fingerprint() : "failed: " + made.error().text();
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    const WallTime m_now = WallClock::now();
};

void LocalAuthorityTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
}

void LocalAuthorityTest::firstUse()
{
    const auto opened = LocalAuthority::open(state() / "deeper", "host", m_now);
    QVERIFY2(opened.has_value(), opened ? "" : opened.error().text().c_str());
    const auto made = opened->certificate("web", kNames, m_now);
    QVERIFY2(made.has_value(), made ? "" : made.error().text().c_str());
    QCOMPARE((*made)->names(), kNames);
    QVERIFY((*made)->notBefore() < m_now);
    QVERIFY((*made)->notAfter() > m_now + days(89));
    QVERIFY((*made)->notAfter() < m_now + days(91));

    const fs::path root = state() / "deeper";
    QCOMPARE(opened->certificateFile(), root / "ca/ca.pem");
    QCOMPARE(modeOf(root / "ca/ca.pem"), 0644);
    QCOMPARE(modeOf(root / "ca/ca.key"), 0600);
    QCOMPARE(modeOf(root / "certificates/web/certificate.pem"), 0644);
    QCOMPARE(modeOf(root / "certificates/web/key.pem"), 0600);
}

void LocalAuthorityTest::whatOpensslSays()
{
    QVERIFY(authority().certificate("web", kNames, m_now));
    QVERIFY(verifies(authorityFile(), leafFile()));
    QVERIFY(verifies(authorityFile(), leafFile(), {"-verify_hostname", "shop.demo.test"}));
    QVERIFY(verifies(authorityFile(), leafFile(), {"-verify_ip", "::1"}));
    QVERIFY(!verifies(authorityFile(), leafFile(), {"-verify_hostname", "demo.test"}));

    const std::string authorityText = openssl({"x509", "-noout", "-text", "-in", authorityFile().string()});
    QVERIFY(contains(authorityText, "Subject: CN = Mainstay local CA host\n"));
    QVERIFY(contains(authorityText, "CA:TRUE, pathlen:0"));
    QVERIFY(contains(authorityText, "Certificate Sign, CRL Sign"));
    QVERIFY(contains(authorityText, "NIST CURVE: P-256"));
    const std::string leafText = openssl({"x509", "-noout", "-text", "-in", leafFile().string()});
    QVERIFY(contains(leafText, "DNS:www.demo.test, DNS:*.demo.test, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1"));
    QVERIFY(contains(leafText, "TLS Web Server Authentication"));
    QVERIFY(contains(leafText, "CA:FALSE"));
}

void LocalAuthorityTest::theStoredOneIsUsed()
{
    const std::string first = fingerprint(kNames, m_now);
    QCOMPARE(first.size(), std::size_t(64));
    const std::string file = contentOf(state() / "certificates/web/key.pem");
    QCOMPARE(fingerprint(kNames, m_now + days(1)), first);
    QCOMPARE(contentOf(state() / "certificates/web/key.pem"), file);
}

void LocalAuthorityTest::namesInAnySpelling()
{
    const std::string first = fingerprint(kNames, m_now);
    QCOMPARE(fingerprint({"0:0::1", "*.Demo.TEST", "www.demo.test.", "127.0.0.1", "127.0.0.1"}, m_now), first);
}

void LocalAuthorityTest::newNamesMeanANewCertificate()
{
    const std::string first = fingerprint(kNames, m_now);
    const std::string second = fingerprint({"www.demo.test"}, m_now);
    QVERIFY(second != first);
    QCOMPARE(fingerprint({"www.demo.test"}, m_now), second);
}

void LocalAuthorityTest::aThirdOfTheLifeLeft()
{
    const std::string first = fingerprint(kNames, m_now);
    QCOMPARE(fingerprint(kNames, m_now + days(59)), first);
    const std::string second = fingerprint(kNames, m_now + days(61));
    QVERIFY(second != first);
    QVERIFY(fingerprint(kNames, m_now) != second); // made in what is now the future
}

void LocalAuthorityTest::anotherAuthority()
{
    const std::string first = fingerprint(kNames, m_now);
    fs::remove_all(state() / "ca");
    QVERIFY(fingerprint(kNames, m_now) != first);
    QVERIFY(verifies(authorityFile(), leafFile()));
}

void LocalAuthorityTest::damagedFilesAreReplaced()
{
    std::string before = fingerprint(kNames, m_now);
    for (const char *file : {"certificate.pem", "key.pem"}) {
        replaceContent(state() / "certificates/web" / file, "damaged");
        const std::string after = fingerprint(kNames, m_now);
        QCOMPARE(after.size(), std::size_t(64));
        QVERIFY(after != before);
        before = after;
        QCOMPARE(modeOf(state() / "certificates/web/key.pem"), 0600);
    }
}

void LocalAuthorityTest::badNames_data()
{
    using Names = std::vector<std::string>;
    QTest::addColumn<std::string>("folder");
    QTest::addColumn<Names>("names");
    QTest::newRow("no names") << std::string("web") << Names{};
    QTest::newRow("empty") << std::string("web") << Names{""};
    QTest::newRow("two wildcards") << std::string("web") << Names{"*.*.test"};
    QTest::newRow("wildcard alone") << std::string("web") << Names{"*"};
    QTest::newRow("smuggled") << std::string("web") << Names{"a.test,DNS:bank.example"};
    QTest::newRow("directive") << std::string("web") << Names{"email:copy"};
    QTest::newRow("parent folder") << std::string("..") << Names{"a.test"};
    QTest::newRow("path") << std::string("a/b") << Names{"a.test"};
    QTest::newRow("no folder") << std::string("") << Names{"a.test"};
}

void LocalAuthorityTest::badNames()
{
    QFETCH(std::string, folder);
    QFETCH(std::vector<std::string>, names);
    QCOMPARE(codeOf(authority().certificate(folder, names, m_now)), std::string("certificate.name-invalid"));
}

void LocalAuthorityTest::longNames()
{
    const std::string name = std::string(60, 'a') + ".demo.test";
    QVERIFY(authority().certificate("web", {name}, m_now));
    QVERIFY(verifies(authorityFile(), leafFile(), {"-verify_hostname", name}));
    const auto longHost = LocalAuthority::open(state() / "other", std::string(200, 'h'), m_now);
    QVERIFY(longHost.has_value());
}

void LocalAuthorityTest::theAuthorityIsNeverReplaced()
{
    (void)authority();
    const std::string key = contentOf(state() / "ca/ca.key");
    const std::string certificate = contentOf(state() / "ca/ca.pem");
    const auto code = [this] { return codeOf(LocalAuthority::open(state(), "host", m_now)); };

    fs::remove(state() / "ca/ca.key");
    QCOMPARE(code(), std::string("authority.key-missing"));
    replaceContent(state() / "ca/ca.key", "damaged");
    QCOMPARE(code(), std::string("authority.malformed"));
    (void)LocalAuthority::open(state() / "other", "host", m_now);
    fs::copy_file(state() / "other/ca/ca.key", state() / "ca/ca.key", fs::copy_options::overwrite_existing);
    QCOMPARE(code(), std::string("authority.key-mismatch"));
    replaceContent(state() / "ca/ca.key", key);
    replaceContent(state() / "ca/ca.pem", "damaged");
    QCOMPARE(code(), std::string("authority.malformed"));
    replaceContent(state() / "ca/ca.pem", certificate);
    QCOMPARE(code(), std::string("none"));

    // The one crash that leaves a key alone is completed with that key.
    fs::remove(state() / "ca/ca.pem");
    QCOMPARE(code(), std::string("none"));
    QCOMPARE(contentOf(state() / "ca/ca.key"), key);
}

void LocalAuthorityTest::anUnwritableFolder()
{
    if (::geteuid() == 0)
        QSKIP("root may write everywhere");
    fs::permissions(state(), fs::perms::owner_read | fs::perms::owner_exec);
    const auto opened = LocalAuthority::open(state(), "host", m_now);
    fs::permissions(state(), fs::perms::owner_all);
    QCOMPARE(codeOf(opened), std::string("file.unwritable"));
    QVERIFY(opened.error().message.starts_with((state() / "ca").string() + ": cannot be written: Permission denied"));
}

void LocalAuthorityTest::processesWaitForEachOther()
{
    std::vector<pid_t> children;
    for (int child = 0; child < 6; ++child) {
        const pid_t pid = ::fork();
        QVERIFY(pid >= 0);
        if (pid == 0) {
            const auto opened = LocalAuthority::open(state(), "host", m_now);
            const bool made = opened && opened->certificate("web", kNames, m_now);
            ::_exit(made ? 0 : 1);
        }
        children.push_back(pid);
    }
    for (const pid_t pid : children) {
        int status = -1;
        QCOMPARE(::waitpid(pid, &status, 0), pid);
        QCOMPARE(status, 0);
    }
    const std::string stored = contentOf(state() / "certificates/web/key.pem");
    (void)fingerprint(kNames, m_now);
    QCOMPARE(contentOf(state() / "certificates/web/key.pem"), stored);
}

void LocalAuthorityTest::killedAtAnyMoment()
{
    constexpr int kRounds = 60;
    std::mt19937 random(20240229);
    std::set<std::string> authorities;
    for (int round = 0; round < kRounds; ++round) {
        const fs::path folder = state() / std::to_string(round / 4); // a new authority every fourth time
        const pid_t pid = ::fork();
        QVERIFY(pid >= 0);
        if (pid == 0) {
            for (int turn = 0;; ++turn) // other names each time, so that each time issues
                if (const auto opened = LocalAuthority::open(folder, "host", m_now); opened)
                    (void)opened->certificate("web", {"n" + std::to_string(turn) + ".test"}, m_now);
        }
        ::usleep(std::uniform_int_distribution<unsigned>(0, 8000)(random));
        ::kill(pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);

        const fs::path ca = folder / "ca/ca.pem";
        const std::string before = contentOf(ca);
        const auto opened = LocalAuthority::open(folder, "host", m_now);
        QVERIFY2(opened.has_value(), opened ? "" : opened.error().text().c_str());
        QVERIFY(before.empty() || contentOf(ca) == before);
        const auto made = opened->certificate("web", kNames, m_now);
        QVERIFY2(made.has_value(), made ? "" : made.error().text().c_str());
        QCOMPARE((*made)->names(), kNames);
        QCOMPARE(modeOf(folder / "ca/ca.key"), 0600);
        QVERIFY(!fs::exists(folder / "certificates/web/key.pem.new"));
        authorities.insert(contentOf(ca));
    }
    QCOMPARE(authorities.size(), std::size_t(kRounds / 4));
}

QTEST_GUILESS_MAIN(LocalAuthorityTest)
#include "local_authority_test.moc"
