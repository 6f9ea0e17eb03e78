// SPDX-License-Identifier: GPL-3.0-or-later
// Certificates, zones and names before they are served: what is taken over, read again and kept, and how failures are
// named.
#include "control/preparation.h"

#include "certificates/x509_issue.h"
#include "control/check.h"
#include "control_fixture.h"

#include <array>

using namespace mainstay;
using namespace mainstay::control;
namespace fs = std::filesystem;

class PreparationTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { m_folders = std::make_unique<tests::Folders>(); }

    void certificatesFromFiles()
    {
        writeCertificate();
        const std::string text = "[certificate.\"shop.test\"]\ncertificate = \"shop.pem\"\nkey = \"shop.key\"\n";
        const Prepared first = prepareText(text);
        QVERIFY2(first.problems.empty(), tests::textOf(first.problems).c_str());
        const auto certificate = first.certificates.at("shop.test");
        QCOMPARE(certificate->names(), std::vector<std::string>{"shop.test"});
        // The same files are the same object, a new certificate is a new one.
        QVERIFY(prepareText(text, first).certificates.at("shop.test") == certificate);
        writeCertificate();
        QVERIFY(prepareText(text, first).certificates.at("shop.test") != certificate);
        // Gone: told with its place, and what was in use stays.
        fs::remove(m_folders->config() / "shop.key");
        const Prepared gone = prepareText(text, first);
        QCOMPARE(gone.problems.size(), std::size_t(1));
        QCOMPARE(gone.problems[0].path, std::string("certificate.\"shop.test\""));
        QCOMPARE(gone.problems[0].source.text(), m_folders->main().string() + ":1");
        QVERIFY(gone.problems[0].severity == Severity::error);
        QVERIFY(gone.problems[0].message.find("shop.key") != std::string::npos);
        QVERIFY(gone.certificates.at("shop.test") == certificate);
        QVERIFY(prepareText(text).certificates.empty());
    }

    void localCertificates()
    {
        const std::string text = "[certificate.here]\nsource = \"local\"\nnames = [\"a.test\"]\n";
        const Prepared check = prepareText(text, {}, true);
        QVERIFY(check.problems.empty() && check.certificates.empty());
        QVERIFY(!fs::exists(m_folders->state()));

        const Prepared first = prepareText(text);
        QVERIFY2(first.problems.empty(), tests::textOf(first.problems).c_str());
        QVERIFY(prepareText(text, first).certificates.at("here") == first.certificates.at("here"));

        const fs::path aside = m_folders->root / "aside";
        fs::rename(m_folders->state(), aside);
        tests::write(m_folders->state(), "in the way");
        const Prepared unwritable = prepareText(text);
        QVERIFY(unwritable.certificates.empty());
        QVERIFY(hasErrors(unwritable.problems));
        QCOMPARE(unwritable.problems[0].path, std::string("certificate.here"));
        QCOMPARE(unwritable.problems[0].source.text(), m_folders->main().string() + ":1");
    }

    // What is read when a database is connected to is looked for before it is.
    void filesOfDatabases()
    {
        const std::string text = "[database.main]\ndriver = \"postgresql\"\nname = \"shop\"\nhost = \"h\"\n"
                                 "password_file = \"password\"\nmigrations = \"sql\"\n";
        const Prepared missing = prepareText(text, {}, true);
        QCOMPARE(missing.problems.size(), std::size_t(2));
        QCOMPARE(missing.problems[0].path, std::string("database.main.password_file"));
        QCOMPARE(missing.problems[0].code, std::string("secret.unreadable"));
        QCOMPARE(missing.problems[1].path, std::string("database.main.migrations"));
        QVERIFY(missing.problems[1].severity == Severity::error);
        tests::write(m_folders->config() / "password", "secret\n");
        fs::permissions(m_folders->config() / "password", fs::perms::owner_read);
        fs::create_directory(m_folders->config() / "sql");
        const Prepared there = prepareText(text, {}, true);
        QVERIFY2(there.problems.empty(), tests::textOf(there.problems).c_str());
    }

    void hostsThatTheirCertificateDoesNotName()
    {
        writeCertificate();
        const std::string listener = "[listener.tls]\naddress = [\":443\"]\nprotocol = \"https\"\n";
        const std::string bought = "[certificate.bought]\ncertificate = \"shop.pem\"\nkey = \"shop.key\"\n";
        const std::string local = "[certificate.here]\nsource = \"local\"\nnames = [\"*.shop.test\"]\n";
        const auto site = [](const std::string &hosts, const std::string &certificate) {
            return "[site." + certificate + "]\nhosts = [" + hosts + "]\ncertificate = \"" + certificate +
                   "\"\n[[site." + certificate + ".route]]\nrespond = \"x\"\n";
        };
        const Prepared right = prepareText(listener + bought + site("\"shop.test\"", "bought"), {}, true);
        QVERIFY2(right.problems.empty(), tests::textOf(right.problems).c_str());

        const Prepared wrong =
            prepareText(listener + bought + site("\"shop.test\", \"www.shop.test\", \"*\"", "bought"), {}, true);
        QCOMPARE(wrong.problems.size(), std::size_t(1));
        const Problem &problem = wrong.problems[0];
        QCOMPARE(problem.code, std::string("certificate.unnamed-host"));
        QCOMPARE(problem.path, std::string("site.bought.certificate"));
        QVERIFY(problem.severity == Severity::warning);
        QCOMPARE(problem.source.text(), m_folders->main().string() + ":9");
        QCOMPARE(problem.message, "certificate bought in " + (m_folders->config() / "shop.pem").string() +
                                      " is not for www.shop.test, so clients will refuse it there: it names shop.test");

        // Another one of the listener will do, also one that is not issued yet; on HTTP none is needed.
        const std::string both = bought + local + site("\"shop.test\", \"www.shop.test\"", "bought");
        QVERIFY(prepareText(listener + "default_certificate = \"here\"\n" + both, {}, true).problems.empty());
        QVERIFY(tests::find(prepareText(listener + both, {}, true).problems, "certificate.unnamed-host"));
        QVERIFY(prepareText("[listener.web]\naddress = [\":80\"]\n" + both, {}, true).problems.empty());
        const Prepared narrow = prepareText(listener + local + site("\"shop.test\"", "here"), {}, true);
        QVERIFY(tests::find(narrow.problems, "certificate.unnamed-host"));
    }

    void errorPages()
    {
        constexpr std::size_t kMost = std::size_t{32} * 1024;
        const fs::path pages = m_folders->config() / "errors";
        for (const char *name : {"404.html", "4xx.html"})
            tests::write(pages / name, std::string(kMost, 'x'));
        for (const char *name : {"503.html", "5xx.html", "50x.html", "200.html", "503.css"})
            tests::write(pages / name, std::string(kMost + 1, 'x'));
        const Prepared prepared =
            prepareText("[site.shop]\nhosts = [\"*\"]\nerror_pages = \"errors\"\n"
                        "[[site.shop.route]]\nrespond = \"x\"\n[site.plain]\nhosts = [\"plain.test\"]\n"
                        "error_pages = \"none\"\n[[site.plain.route]]\nrespond = \"x\"\n",
                        {}, true);
        QCOMPARE(prepared.problems.size(), std::size_t(2));
        constexpr std::array kUnused{"503.html", "5xx.html"};
        for (std::size_t i = 0; i < kUnused.size(); ++i) {
            const Problem &problem = prepared.problems[i];
            QCOMPARE(problem.code, std::string("site.large-error-page"));
            QCOMPARE(problem.path, std::string("site.shop.error_pages"));
            QVERIFY(problem.severity == Severity::warning);
            QCOMPARE(problem.message, "the error page " + (pages / kUnused[i]).string() +
                                          " has 32769 bytes and is not used: it may have 32768");
        }
    }

    void zones()
    {
        const fs::path file = m_folders->config() / "example.zone";
        const std::string text = "[zone.\"example.org\"]\nfile = \"example.zone\"\n";
        tests::write(file, tests::zoneText(1));
        const auto settled = [&file] {
            fs::last_write_time(file, fs::file_time_type::clock::now() - std::chrono::minutes(1));
        };
        settled();
        const Prepared first = prepareText(text);
        QVERIFY2(first.problems.empty(), tests::textOf(first.problems).c_str());
        const PreparedZone zone = first.zones.at("example.org");
        QCOMPARE(zone.zone->serial(), 1U);
        QVERIFY(!zone.isFresh() && zone.changedFiles().empty());
        QVERIFY(prepareText(text, first).zones.at("example.org").zone == zone.zone);
        // As long, and written in the same second as it was looked at: read again all the same.
        tests::write(file, tests::zoneText(2));
        const Prepared second = prepareText(text, first);
        QCOMPARE(second.zones.at("example.org").zone->serial(), 2U);
        QVERIFY(second.zones.at("example.org").isFresh());
        tests::write(file, tests::zoneText(3));
        QCOMPARE(prepareText(text, second).zones.at("example.org").zone->serial(), 3U);
    }

    // Its stamps tell as soon as another version would have others, whoever holds a copy.
    void zonesThatWereJustWritten()
    {
        const fs::path file = m_folders->config() / "example.zone";
        const std::string text = "[zone.\"example.org\"]\nfile = \"example.zone\"\n";
        tests::write(file, tests::zoneText(1));
        fs::last_write_time(file, fs::file_time_type::clock::now() + std::chrono::hours(1));
        const Prepared early = prepareText(text);
        QVERIFY(early.zones.at("example.org").changedFiles().empty());
        QVERIFY(early.zones.at("example.org").isFresh());

        tests::write(file, tests::zoneText(2));
        const Prepared next = prepareText(text);
        const PreparedZone copy = next.zones.at("example.org");
        QVERIFY(copy.isFresh());
        QTRY_VERIFY(next.zones.at("example.org").changedFiles().empty() && !copy.isFresh());
        tests::write(file, tests::zoneText(3));
        QCOMPARE(copy.changedFiles(), std::vector<fs::path>{file});
        QVERIFY(!copy.isFresh());
    }

    void includedFiles()
    {
        const fs::path file = m_folders->config() / "example.zone";
        const fs::path part = m_folders->config() / "parts/hosts.inc";
        const std::string text = "[zone.\"example.org\"]\nfile = \"example.zone\"\n";
        tests::write(file, tests::zoneText(1) + "$INCLUDE parts/hosts.inc\n");
        tests::write(part, "www A 192.0.2.1\n");
        for (const fs::path &one : {file, part})
            fs::last_write_time(one, fs::file_time_type::clock::now() - std::chrono::minutes(1));
        const Prepared first = prepareText(text);
        QVERIFY2(first.problems.empty(), tests::textOf(first.problems).c_str());
        const PreparedZone zone = first.zones.at("example.org");
        QVERIFY(!zone.isFresh() && zone.changedFiles().empty());
        tests::write(part, "www A 192.0.2.1\nmail A 192.0.2.2\n");
        QCOMPARE(zone.changedFiles(), std::vector<fs::path>{part});
        QCOMPARE(prepareText(text, first).zones.at("example.org").zone->counts().names, zone.zone->counts().names + 1);
        fs::remove(part);
        QCOMPARE(zone.changedFiles(), std::vector<fs::path>{part});
        // What counts is what it says.
        tests::write(part, "www A 192.0.2.1\n");
        QVERIFY(zone.changedFiles().empty());
        QVERIFY(prepareText(text, first).zones.at("example.org").zone == zone.zone);
    }

    void zonesAsTheyWereApplied()
    {
        const fs::path file = m_folders->config() / "example.zone";
        const fs::path part = m_folders->config() / "part";
        const std::string text = "[zone.\"example.org\"]\nfile = \"example.zone\"\n";
        tests::write(file, tests::zoneText(1) + "$INCLUDE part\n");
        tests::write(part, "www A 192.0.2.1\n");
        const Prepared first = prepareText(text);
        const ZoneTexts texts = first.zones.at("example.org").texts;
        QCOMPARE(texts.size(), std::size_t(2));
        QCOMPARE(texts[0].path, file.string());
        QCOMPARE(texts[1].path, part.string());
        const fs::path stored = m_folders->state() / "zones" / texts[1].sha256;
        QCOMPARE(tests::contents(stored), std::string("www A 192.0.2.1\n"));
        QCOMPARE(fs::status(stored).permissions(), fs::perms::owner_read | fs::perms::owner_write);

        // Whatever becomes of the files.
        tests::write(file, tests::zoneText(2));
        fs::remove(part);
        const TextsByZone applied{{"example.org", texts}};
        const Prepared again = prepareText(text, {}, false, applied);
        QVERIFY2(again.problems.empty(), tests::textOf(again.problems).c_str());
        const PreparedZone zone = again.zones.at("example.org");
        QCOMPARE(zone.zone->serial(), 1U);
        QCOMPARE(zone.zone->counts().names, first.zones.at("example.org").zone->counts().names);
        QVERIFY(zone.texts == texts);
        QCOMPARE(zone.changedFiles(), (std::vector<fs::path>{file, part}));
        QCOMPARE(prepareText(text, again).zones.at("example.org").zone->serial(), 2U);
        QCOMPARE(storedTexts(), std::size_t(3)); // both versions of the file, and its part

        // Damaged, it is told, and what there is is served.
        tests::write(stored, "www A 192.0.2.9\n");
        const Prepared damaged = prepareText(text, {}, false, applied);
        QVERIFY(tests::find(damaged.problems, "zone.text-damaged"));
        QVERIFY(damaged.problems[0].text().find(stored.string()) != std::string::npos);
        QCOMPARE(damaged.zones.at("example.org").zone->serial(), 2U);
    }

    void textsOfZonesWithMistakesAreNotStored()
    {
        const fs::path file = m_folders->config() / "example.zone";
        const std::string text = "[zone.\"example.org\"]\nfile = \"example.zone\"\n";
        tests::write(file, tests::zoneText(1) + "bad A 1.2.3\n");
        QVERIFY(hasErrors(prepareText(text).problems));
        QCOMPARE(storedTexts(), std::size_t(0));
        tests::write(file, tests::zoneText(1));
        QVERIFY(prepareText(text, {}, true).zones.at("example.org").texts.empty()); // a check
        QCOMPARE(storedTexts(), std::size_t(0));
    }

    void textsThatCannotBeStoredAreTold()
    {
        const fs::path file = m_folders->config() / "example.zone";
        tests::write(file, tests::zoneText(1));
        tests::write(m_folders->state() / "zones", "in the way");
        const Prepared prepared = prepareText("[zone.\"example.org\"]\nfile = \"example.zone\"\n");
        QVERIFY(hasErrors(prepared.problems));
        QVERIFY(prepared.problems[0].text().find((m_folders->state() / "zones").string()) != std::string::npos);
        QVERIFY(prepared.zones.at("example.org").zone && prepared.zones.at("example.org").texts.empty());
    }

    void zonesThatCannotBeRead()
    {
        const fs::path file = m_folders->config() / "example.zone";
        const std::string text = "[zone.\"example.org\"]\nfile = \"example.zone\"\n";
        const Prepared missing = prepareText(text);
        QVERIFY(missing.zones.empty());
        QCOMPARE(missing.problems.size(), std::size_t(1));
        QVERIFY(missing.problems[0].text().find(file.string()) != std::string::npos);
        QCOMPARE(missing.problems[0].path, std::string("zone.\"example.org\""));

        tests::write(file, tests::zoneText(1));
        const Prepared good = prepareText(text);
        tests::write(file, tests::zoneText(2) + "x A 300.1.2.3\ny AAAA nothing\n");
        const Prepared bad = prepareText(text, good);
        QVERIFY(bad.zones.at("example.org").zone == good.zones.at("example.org").zone);
        const std::string all = tests::textOf(bad.problems);
        QVERIFY2(all.find(file.string() + ":5") != std::string::npos &&
                     all.find(file.string() + ":6") != std::string::npos,
                 all.c_str());
        // Another file is another zone: the old one does not stand in for it.
        tests::write(m_folders->config() / "other.zone", "nothing\n");
        const Prepared other = prepareText("[zone.\"example.org\"]\nfile = \"other.zone\"\n", good);
        QVERIFY(hasErrors(other.problems) && other.zones.empty());
    }

    void names()
    {
        const std::string text = "[backend.app.server.a]\naddress = \"localhost:80\"\n"
                                 "[backend.app.server.\"b.c\"]\naddress = \"nowhere.invalid:80\"\n"
                                 "[backend.app.server.d]\naddress = \"127.0.0.1:80\"\n";
        const Prepared prepared = prepareText(text);
        QCOMPARE(prepared.addresses.size(), std::size_t(1));
        const std::string address = prepared.addresses.at("localhost").text();
        QVERIFY2(address == "127.0.0.1" || address == "::1", address.c_str());
        QCOMPARE(prepared.problems.size(), std::size_t(1));
        const Problem &problem = prepared.problems[0];
        QCOMPARE(problem.code, std::string("server.unresolved"));
        QCOMPARE(problem.path, std::string("backend.app.server.\"b.c\".address"));
        QCOMPARE(problem.source.text(), m_folders->main().string() + ":4");
        QVERIFY(problem.severity == Severity::warning);
        // A name that resolved before keeps its address while the resolver fails.
        Prepared before;
        before.addresses.emplace("nowhere.invalid", *IpAddress::parse("192.0.2.7"));
        const Prepared after = prepareText(text, before);
        QCOMPARE(after.addresses.at("nowhere.invalid").text(), std::string("192.0.2.7"));
        QCOMPARE(after.problems.size(), std::size_t(1));
        QVERIFY(after.problems[0].message.find("192.0.2.7") != std::string::npos);
    }

    void checkFindsAllAndWritesNothing()
    {
        tests::write(m_folders->config() / "bad.zone", tests::zoneText(1) + "x A 300.1.2.3\n");
        tests::write(m_folders->main(), "[service]\nwrokers = 1\n[zone.\"bad.test\"]\nfile = \"bad.zone\"\n"
                                        "[zone.none]\n[certificate.c]\ncertificate = \"no.pem\"\nkey = \"no.key\"\n"
                                        "[certificate.l]\nsource = \"local\"\nnames = [\"l.test\"]\n");
        const Problems problems = check(m_folders->both(), true);
        const std::string all = tests::textOf(problems);
        const auto errors = std::count_if(problems.begin(), problems.end(),
                                          [](const Problem &one) { return one.severity == Severity::error; });
        QVERIFY2(errors == 4, all.c_str());
        for (const char *part : {"did you mean `workers`?", "bad.zone:5", "zone.none.file", "no.pem"})
            QVERIFY2(all.find(part) != std::string::npos, all.c_str());
        QVERIFY(!fs::exists(m_folders->state()));

        tests::write(m_folders->main(), "[backend.app]\n");
        QVERIFY(!hasErrors(check(m_folders->both(), true)));
    }

    void aCheckOfNothing()
    {
        tests::write(m_folders->main(), "# later\n");
        QVERIFY(!hasErrors(check(m_folders->both(), false)));
        QVERIFY(hasErrors(check(m_folders->both(), true))); // who names it means one that is there
        fs::remove_all(m_folders->config());
        QVERIFY(hasErrors(check(m_folders->both(), false)));
    }

private:
    Prepared prepareText(const std::string &text, const Prepared &before = {}, bool readOnly = false,
                         const TextsByZone &applied = {}) const
    {
        const schema::Loaded loaded = tests::loaded(text, m_folders->main().string());
        Surroundings surroundings{m_folders->state(), "test", readOnly};
        surroundings.appliedZones = applied;
        return prepare(loaded.configuration, loaded.origins, surroundings, before);
    }

    std::size_t storedTexts() const
    {
        std::error_code none;
        const fs::directory_iterator files(m_folders->state() / "zones", none);
        return static_cast<std::size_t>(std::distance(begin(files), end(files)));
    }

    void writeCertificate() const
    {
        const certificates::Validity validity{WallClock::now() - std::chrono::hours(1),
                                              WallClock::now() + std::chrono::hours(24 * 90)};
        const auto authorityKey = certificates::makeKey().value();
        const auto authority = certificates::makeAuthority("test", authorityKey.get(), validity).value();
        const auto key = certificates::makeKey().value();
        const auto leaf =
            certificates::makeServerCertificate({"shop.test"}, key.get(), authority.get(), authorityKey.get(), validity)
                .value();
        const auto certificatePem = certificates::toPem(leaf.get());
        const auto authorityPem = certificates::toPem(authority.get());
        const auto keyPem = certificates::toPem(key.get());
        tests::write(m_folders->config() / "shop.pem", std::string(certificates::textOf(certificatePem.get())) +
                                                           std::string(certificates::textOf(authorityPem.get())));
        tests::write(m_folders->config() / "shop.key", certificates::textOf(keyPem.get()));
        fs::permissions(m_folders->config() / "shop.key", fs::perms::owner_read | fs::perms::owner_write);
    }

    std::unique_ptr<tests::Folders> m_folders;
};

QTEST_GUILESS_MAIN(PreparationTest)
#include "preparation_test.moc"
