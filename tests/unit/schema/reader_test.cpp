// SPDX-License-Identifier: GPL-3.0-or-later
// What is read from files, and each kind of problem with its place and remedy.
#include "schema/reader.h"

#include <QTest>
#include <algorithm>

using namespace mainstay;
using namespace mainstay::schema;
using namespace mainstay::config;

namespace {

constexpr const char *kFile = "/etc/mainstay/mainstay.toml";

Loaded read(const std::string &text)
{
    return readConfiguration(std::vector<SourceFile>{{kFile, text, Owner::files}});
}

QString allText(const Problems &problems)
{
    QString text;
    for (const Problem &problem : problems)
        text += QString::fromStdString(problem.code + ": " + problem.text() + "\n");
    return text;
}

const Problem *find(const Loaded &loaded, const std::string &code)
{
    const auto found = std::find_if(loaded.problems.begin(), loaded.problems.end(),
                                    [&](const Problem &problem) { return problem.code == code; });
    return found == loaded.problems.end() ? nullptr : &*found;
}

// Enough for sites and zones to be reached.
const std::string kListeners = "[listener.web]\naddress = [\"127.0.0.1:80\"]\n"
                               "[listener.dns]\naddress = [\"127.0.0.1:53\"]\nprotocol = \"dns\"\n";

} // namespace

class ReaderTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsEverything()
    {
        const Loaded loaded = read(R"(
[service]
workers = 3
[listener.web]
address = ["0.0.0.0:80", "[::]:80"]
max_head = "16KiB"
idle_timeout = "90s"
[listener.secure]
address = ["0.0.0.0:443"]
protocol = "https"
default_certificate = "shop"
[listener.dns]
address = [":53"]
protocol = "dns"
[certificate.shop]
certificate = "tls/shop.pem"
key = "/etc/keys/shop.key"
[site.shop]
hosts = ["Shop.Example.org", "*.shop.example.org"]
listeners = ["web", "secure"]
certificate = "shop"
access_log = false
[[site.shop.route]]
root = "www"
[[site.shop.route]]
path = "/api/"
backend = "api"
strip_prefix = true
[backend.api]
balance = "least_connections"
health_path = "/health"
health_status = "200-299"
[backend.api.server.a]
address = "10.0.0.5:8080"
weight = 4
state = "maint"
[zone."example.org"]
file = "zones/example.org.zone"
)");
        QVERIFY2(loaded.problems.empty(), qPrintable(allText(loaded.problems)));
        const Configuration &c = loaded.configuration;
        QCOMPARE(c.service.workers, 3U);
        QCOMPARE(c.service.accessLog.path, std::string("access.log"));
        const ListenerConfig &web = c.listeners.at("web");
        QCOMPARE(web.address.size(), std::size_t(2));
        QCOMPARE(web.address[1].text(), std::string("[::]:80"));
        QCOMPARE(web.maxHead.bytes, std::uint64_t(16384));
        QVERIFY(web.idleTimeout == Duration(Seconds(90)));
        QVERIFY(web.headTimeout == Duration(Seconds(10)));
        QCOMPARE(c.certificates.at("shop").certificate.path, std::string("/etc/mainstay/tls/shop.pem"));
        QCOMPARE(c.certificates.at("shop").key.path, std::string("/etc/keys/shop.key"));
        const SiteConfig &shop = c.sites.at("shop");
        QCOMPARE(shop.hosts[0].pattern, std::string("shop.example.org"));
        QCOMPARE(shop.listeners[1].name, std::string("secure"));
        QCOMPARE(shop.accessLog, false);
        QCOMPARE(shop.routes[0].path.path, std::string("/"));
        QCOMPARE(shop.routes[0].root.path, std::string("/etc/mainstay/www"));
        QCOMPARE(shop.routes[1].backend.name, std::string("api"));
        QVERIFY(shop.routes[1].stripPrefix);
        const BackendConfig &api = c.backends.at("api");
        QVERIFY(api.balance == Balance::leastConnections);
        QVERIFY(api.healthStatus == (StatusRange{200, 299}));
        QCOMPARE(api.servers.at("a").weight, 4U);
        QVERIFY(api.servers.at("a").state == ServerState::maint);
        QCOMPARE(c.zones.at("example.org").file.path, std::string("/etc/mainstay/zones/example.org.zone"));
    }

    void emptyIsValid()
    {
        QVERIFY(readConfiguration({}).problems.empty());
        QVERIFY(read("").problems.empty());
        QVERIFY(read("").configuration == Configuration{});
    }

    // Each text has the one problem; `line` counts in the text.
    void problem_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("code");
        QTest::addColumn<QString>("path");
        QTest::addColumn<int>("line");
        QTest::addColumn<QString>("says"); // part of message or remedy
        const auto row = [](const char *name, const std::string &text, const char *code, const char *path, int line,
                            const char *says) {
            QTest::newRow(name) << QString::fromStdString(text) << QString::fromUtf8(code) << QString::fromUtf8(path)
                                << line << QString::fromUtf8(says);
        };
        const std::string server = "[backend.app.server.a]\naddress = \"h:1\"\n";
        const std::string site = kListeners + "[site.a]\nhosts = [\"a.test\"]\n"; // lines 1 to 7
        const std::string route = site + "[[site.a.route]]\n";                    // line 8

        row("syntax", "[service]\nworkers = = 2\n", "config.syntax", "", 2, "TOML syntax");
        row("too deep", "x = " + std::string(40, '[') + std::string(40, ']'), "config.too-deep", "", 1, "32");
        row("unknown kind", "[backends.app]\nretries = 1\n", "config.unknown-kind", "backends", 1,
            "did you mean `backend`?");
        row("unknown setting", server + "[backend.app]\nbalnce = \"round_robin\"\n", "config.unknown-setting",
            "backend.app.balnce", 4, "unknown setting `balnce` (did you mean `balance`?)");
        row("unknown setting of a server", server + "wieght = 1\n", "config.unknown-setting",
            "backend.app.server.a.wieght", 3, "did you mean `weight`?");
        row("unknown setting of a route", route + "root = \"x\"\nstripprefix = true\n", "config.unknown-setting",
            "site.a.route[0].stripprefix", 10, "did you mean `strip_prefix`?");
        row("unknown setting, far off", "[listener.web]\naddress = [\":80\"]\nfoo = 1\n", "config.unknown-setting",
            "listener.web.foo", 3,
            "(share/doc/mainstay/reference/configuration.md lists the settings, under `listener`)");
        row("unknown setting of a route, far off", route + "root = \"x\"\nnonsense = 1\n", "config.unknown-setting",
            "site.a.route[0].nonsense", 10, "lists the settings, under `site`");
        row("unknown value", server + "[backend.app]\nbalance = \"round_robbin\"\n", "config.unknown-value",
            "backend.app.balance", 4, "did you mean `round_robin`?");
        row("unknown value, far off", server + "state = \"gone\"\n", "config.unknown-value",
            "backend.app.server.a.state", 3, "known: `ready`, `drain`, `maint`");
        row("text for a number", "[service]\nworkers = \"two\"\n", "config.wrong-type", "service.workers", 2,
            "this is text (write a whole number, without quotes)");
        row("fraction for a number", "[service]\nworkers = 1.5\n", "config.wrong-type", "service.workers", 2,
            "a fraction");
        row("number for a switch", site + "access_log = 1\n[[site.a.route]]\nroot = \"w\"\n", "config.wrong-type",
            "site.a.access_log", 8, "true or false");
        row("number for text", route + "root = \"w\"\nindex = 1\n", "config.wrong-type", "site.a.route[0].index", 10,
            "text in quotes");
        row("number for a file", "[zone.a]\nfile = 1\n" + kListeners, "config.wrong-type", "zone.a.file", 2,
            "text in quotes");
        row("date", "[zone.a]\nfile = 1979-05-27\n" + kListeners, "config.wrong-type", "zone.a.file", 2, "nothing");
        row("text for a list", "[listener.web]\naddress = \"127.0.0.1:80\"\n", "config.wrong-type",
            "listener.web.address", 2, "a list");
        row("text for an object", "backend.app = \"x\"\n", "config.wrong-type", "backend.app", 1,
            "a table: [backend.app]");
        row("text for objects", "backend = \"x\"\n", "config.wrong-type", "backend", 1, "[backend.NAME]");
        row("list for an object", "[[service]]\n", "config.wrong-type", "service", 1, "a table: [service]");
        row("table for a list of tables", site + "[site.a.route]\nroot = \"w\"\n", "config.wrong-type", "site.a.route",
            8, "[[site.a.route]]");
        row("below range", server + "weight = 0\n", "config.out-of-range", "backend.app.server.a.weight", 3,
            "write 1 to 256");
        row("above range", server + "weight = 257\n", "config.out-of-range", "backend.app.server.a.weight", 3,
            "257 is out of range");
        row("above the type", server + "max_connections = 4294967296\n", "config.out-of-range",
            "backend.app.server.a.max_connections", 3, "write 0 to 4294967295");
        row("negative", server + "max_connections = -1\n", "config.out-of-range",
            "backend.app.server.a.max_connections", 3, "-1");
        row("duration out of range", server + "[backend.app]\nhealth_interval = \"1ms\"\n", "config.out-of-range",
            "backend.app.health_interval", 4, "write 10ms to 1d");
        row("duration without unit", server + "[backend.app]\nconnect_timeout = 2\n", "duration.malformed",
            "backend.app.connect_timeout", 4, "\"10s\"");
        row("size out of range", "[listener.web]\naddress = [\":80\"]\nmax_head = 100\n", "config.out-of-range",
            "listener.web.max_head", 3, "write 1KiB to 60KiB");
        row("negative size", "[listener.web]\naddress = [\":80\"]\nmax_body = -1\n", "size.malformed",
            "listener.web.max_body", 3, "-1");
        row("listen address", "[listener.web]\naddress = [\"127.0.0.1:80\", \"127.0.0.1\"]\n", "endpoint.malformed",
            "listener.web.address[1]", 2, "127.0.0.1");
        row("server address", "[backend.app.server.a]\naddress = \"h\"\n", "server-address.malformed",
            "backend.app.server.a.address", 2, "`h`");
        row("wildcard", kListeners + "[site.a]\nhosts = [\"w*.test\"]\n[[site.a.route]]\nroot = \"w\"\n",
            "host.malformed", "site.a.hosts[0]", 7, "*.example.org");
        row("route path", route + "path = \"app\"\nroot = \"w\"\n", "url-path.malformed", "site.a.route[0].path", 9,
            "write \"/app\"");
        row("empty route path", route + "path = \"\"\nroot = \"w\"\n", "config.missing-setting", "site.a.route[0].path",
            9, "required");
        row("object name", "[backend.\"a b\".server.a]\naddress = \"h:1\"\n", "config.malformed-name",
            "backend.\"a b\"", 1, "letters");
        row("zone name", kListeners + "[zone.\"Example.org\"]\nfile = \"f\"\n", "zone.malformed-name",
            "zone.\"Example.org\"", 6, "lower case");
        row("missing", "[backend.app.server.a]\nweight = 1\n", "config.missing-setting", "backend.app.server.a.address",
            1, "required");
        row("missing list", "[listener.web]\nprotocol = \"http\"\n", "config.missing-setting", "listener.web.address",
            1, "required");
        row("empty list", "[listener.web]\n\naddress = []\n", "config.missing-setting", "listener.web.address", 3,
            "required");
        row("unknown backend", route + "backend = \"ap\"\n" + server, "config.unknown-reference",
            "site.a.route[0].backend", 9, "no backend `ap` (did you mean `app`?)");
        row("unknown listener",
            kListeners + "[site.a]\nhosts = [\"*\"]\nlisteners = [\"wbe\"]\n[[site.a.route]]\n"
                         "root = \"w\"\n",
            "config.unknown-reference", "site.a.listeners[0]", 8, "did you mean `web`?");
        row("unknown certificate", site + "certificate = \"x\"\n[[site.a.route]]\nroot = \"w\"\n",
            "config.unknown-reference", "site.a.certificate", 8, "define [certificate.x]");
        row("address taken", kListeners + "[listener.two]\naddress = [\":81\", \"127.0.0.1:53\"]\n",
            "listener.address-taken", "listener.two.address[1]", 7, "taken by listener.dns.address[0]");
        row("address twice in one", "[listener.two]\naddress = [\":81\", \":81\"]\n", "listener.address-taken",
            "listener.two.address[1]", 2, "0.0.0.0:81");
        row("no certificate",
            "[listener.tls]\naddress = [\":443\"]\nprotocol = \"https\"\n[site.a]\n"
            "hosts = [\"*\"]\n[[site.a.route]]\nroot = \"w\"\n",
            "site.no-certificate", "site.a.certificate", 4, "listener `tls`");
        row("duplicate host",
            site + "[[site.a.route]]\nroot = \"w\"\n[site.b]\nhosts = [\"b.test\", \"A.test\"]\n"
                   "[[site.b.route]]\nroot = \"w\"\n",
            "site.duplicate-host", "site.b.hosts[1]", 11, "site.a.hosts[0] (/etc/mainstay/mainstay.toml:7)");
        row("wrong protocol",
            kListeners + "[site.a]\nhosts = [\"*\"]\nlisteners = [\"dns\"]\n[[site.a.route]]\n"
                         "root = \"w\"\n",
            "listener.wrong-protocol", "site.a.listeners[0]", 8, "speaks dns");
        row("wrong protocol of a zone", kListeners + "[zone.a]\nfile = \"f\"\nlisteners = [\"web\"]\n",
            "listener.wrong-protocol", "zone.a.listeners[0]", 8, "speaks http");
        row("no target", route, "route.no-target", "site.a.route[0]", 8, "`root`");
        row("two targets", route + "root = \"w\"\nbackend = \"app\"\n" + server, "route.two-targets", "site.a.route[0]",
            8, "keep one");
        row("duplicate path", route + "root = \"w\"\n[[site.a.route]]\nroot = \"v\"\n", "route.duplicate-path",
            "site.a.route[1].path", 10, "site.a.route[0]");
        row("path that is none", route + "root = \"w\"\n[[site.a.route]]\npath = \"x\"\nroot = \"v\"\n",
            "url-path.malformed", "site.a.route[1].path", 11, "\"/x\"");
        row("certificate without key", "[certificate.a]\ncertificate = \"c\"\n", "certificate.incomplete",
            "certificate.a.key", 1, "`key`");
        row("local certificate without names", "[certificate.a]\nsource = \"local\"\n", "certificate.incomplete",
            "certificate.a.names", 1, "`names`");
        const std::string fpm =
            "[backend.php]\nprotocol = \"fastcgi\"\n[backend.php.server.a]\naddress = \"unix:/a\"\n";
        row("method that is none", route + "root = \"w\"\nmethods = [\"GET\", \"get it\"]\n", "route.malformed-method",
            "site.a.route[0].methods[1]", 10, "in capitals");
        row("field that is none", route + "root = \"w\"\nauth_sends = [\"a b\"]\n", "protection.malformed",
            "site.a.route[0].auth_sends[0]", 10, "");
        row("scripts of a backend", route + "backend = \"php\"\n" + fpm, "route.no-scripts", "site.a.route[0].root", 8,
            "their folder");
        row("folder beside a backend without scripts", route + "root = \"w\"\nbackend = \"app\"\n" + server,
            "route.two-targets", "site.a.route[0]", 8, "keep one");
        row("check by HTTP of who speaks FastCGI",
            "[backend.a]\nprotocol = \"fastcgi\"\nhealth_path = \"/\"\n[backend.a.server.a]\naddress = \"h:1\"\n",
            "backend.no-http", "backend.a.health_path", 3, "leave it out");
        row("TLS over a socket", "[backend.a]\nprotocol = \"https\"\n[backend.a.server.a]\naddress = \"unix:/a\"\n",
            "backend.no-name", "backend.a.tls_name", 1, "the name that it is for");
        row("unknown placeholder", route + "respond = \"{clinet}\"\n", "route.unknown-placeholder",
            "site.a.route[0].respond", 9, "{client}");
        row("a certificate's words in a URL", route + "redirect = \"/{client_subject}\"\n", "route.unknown-placeholder",
            "site.a.route[0].redirect", 9, "{client}");
        row("files beside scripts of a backend", route + "root = \"w\"\nbackend = \"php\"\nlisting = true\n" + fpm,
            "route.unfit-setting", "site.a.route[0].listing", 11, "leave it out");
        row("unknown placeholder of a site",
            kListeners + "[site.a]\nhosts = [\"*\"]\nresponse_headers = [\"A: {client_subject}\", \"B: {x}\"]\n"
                         "[[site.a.route]]\nroot = \"w\"\n",
            "route.unknown-placeholder", "site.a.response_headers[1]", 8, "{client_subject}");
        row("log with an unknown format", "[log.a]\nformat = \"jsn\"\n", "log.unknown-format", "log.a.format", 2,
            "did you mean `json`?");
        row("log with an unknown placeholder", "[log.a]\nformat = \"{client} {usr_agent}\"\n",
            "log.unknown-placeholder", "log.a.format", 2, "did you mean {user_agent}?");
        row("log with half a placeholder", "[log.a]\nformat = \"{client\"\n", "log.malformed-format", "log.a.format", 2,
            "{{ and }}");
        row("log of a header without a name", "[log.a]\nformat = \"{request_header}\"\n", "log.malformed-format",
            "log.a.format", 2, "{request_header:NAME}");
        row("two logs in one file", "[log.a]\n[log.b]\nfile = \"./a.log\"\n", "log.file-taken", "log.b.file", 3,
            "log.a");
        row("log in the service's file", "[log.a]\nfile = \"access.log\"\n", "log.file-taken", "log.a.file", 2,
            "service.access_log");
        row("journal in a file", "[log.a]\nto = \"journal\"\nfile = \"a.log\"\n", "log.unfit-setting", "log.a.file", 3,
            "`to`");
        row("syslog twice", "[log.a]\nto = \"syslog\"\naddress = \"h:1\"\nsocket = \"/s\"\n", "log.two-targets",
            "log.a.socket", 4, "keep one");
        row("unknown log of a site",
            route + "root = \"w\"\n[site.b]\nhosts = [\"b.test\"]\nlogs = [\"mian\"]\n[[site.b.route]]\nroot = \"w\"\n"
                    "[log.main]\n",
            "config.unknown-reference", "site.b.logs[0]", 12, "did you mean `main`?");
        row("certificate for all", "[certificate.a]\nsource = \"local\"\nnames = [\"*\"]\n", "certificate.any-name",
            "certificate.a.names[0]", 3, "list the names");
    }

    void problem()
    {
        QFETCH(QString, text);
        QFETCH(QString, code);
        QFETCH(QString, path);
        QFETCH(int, line);
        QFETCH(QString, says);
        const Loaded loaded = read(text.toStdString());
        const QString all = allText(loaded.problems);
        QVERIFY2(loaded.problems.size() == 1, qPrintable(all));
        const Problem &problem = loaded.problems.front();
        QCOMPARE(QString::fromStdString(problem.code), code);
        QCOMPARE(QString::fromStdString(problem.path), path);
        QCOMPARE(problem.source.file, std::string(kFile));
        QVERIFY2(int(problem.source.line) == line, qPrintable(all));
        QVERIFY2(QString::fromStdString(problem.text()).contains(says), qPrintable(all));
        QVERIFY(problem.severity == Severity::error);
    }

    void warnings()
    {
        const Loaded loaded = read("[backend.app]\n[site.a]\nhosts = [\"*\"]\n[zone.b]\nfile = \"f\"\n");
        QVERIFY2(!hasErrors(loaded.problems), qPrintable(allText(loaded.problems)));
        QVERIFY(find(loaded, "backend.no-servers"));
        QVERIFY(find(loaded, "site.no-routes"));
        QCOMPARE(std::count_if(loaded.problems.begin(), loaded.problems.end(),
                               [](const Problem &one) { return one.code == "listener.none"; }),
                 2);
    }

    void portZeroIsNoConflict() { QVERIFY(read("[listener.a]\naddress = [\":0\", \":0\"]\n").problems.empty()); }

    void allProblemsAtOnce()
    {
        const Loaded loaded = read("[service]\nworkers = \"x\"\ndrain_timeout = \"never\"\nfoo = 1\n"
                                   "[backend.app.server.a]\nweight = 0\n");
        QVERIFY2(loaded.problems.size() == 5, qPrintable(allText(loaded.problems)));
        QVERIFY(std::is_sorted(loaded.problems.begin(), loaded.problems.end(),
                               [](const auto &a, const auto &b) { return a.source.line < b.source.line; }));
    }

    void duplicateObjectNamesBothFiles()
    {
        const std::vector<SourceFile> files{
            {"/etc/a.toml", "[backend.app]\nretries = 1\n[backend.app.server.a]\naddress = \"h:1\"\n", Owner::files},
            {"/var/b.toml", "\n[backend.app]\nretries = 3\n", Owner::managed}};
        const Loaded loaded = readConfiguration(files);
        QVERIFY2(loaded.problems.size() == 1, qPrintable(allText(loaded.problems)));
        const Problem &problem = loaded.problems.front();
        QCOMPARE(problem.code, std::string("config.duplicate-object"));
        QCOMPARE(problem.source, (SourcePlace{"/var/b.toml", 2, problem.source.column}));
        QVERIFY(problem.message.find("/etc/a.toml:1") != std::string::npos);
        QCOMPARE(loaded.configuration.backends.at("app").retries, 1U);
    }

    void duplicateServerAndService()
    {
        const std::string text = "[service]\n[backend.app.server.a]\naddress = \"h:1\"\n";
        const Loaded loaded = readConfiguration(
            std::vector<SourceFile>{{"/etc/a.toml", text, Owner::files}, {"/etc/b.toml", text, Owner::files}});
        QVERIFY2(loaded.problems.size() == 2, qPrintable(allText(loaded.problems)));
        QCOMPARE(loaded.problems[0].path, std::string("service"));
        QCOMPARE(loaded.problems[1].path, std::string("backend.app.server.a"));
    }

    void serversOfOneBackendMayStandInTwoFiles()
    {
        const SourceFile people{
            "/etc/a.toml", "[backend.app]\nretries = 1\n[backend.app.server.a]\naddress = \"h:1\"\n", Owner::files};
        const SourceFile managed{"/var/b.toml", "[backend.app.server.b]\naddress = \"h:2\"\n", Owner::managed};
        for (const auto &files : {std::vector{people, managed}, std::vector{managed, people}}) {
            const Loaded loaded = readConfiguration(files);
            QVERIFY2(loaded.problems.empty(), qPrintable(allText(loaded.problems)));
            QCOMPARE(loaded.configuration.backends.at("app").servers.size(), std::size_t(2));
            QCOMPARE(loaded.origins.object("backend.app")->place.file, std::string("/etc/a.toml"));
            QVERIFY(loaded.origins.object("backend.app")->owner == Owner::files);
            QVERIFY(loaded.origins.object("backend.app.server.b")->owner == Owner::managed);
            QCOMPARE(loaded.origins.place("backend.app.server.b.weight").text(), std::string("/var/b.toml:1"));
        }
    }

    void syntaxErrorLeavesOtherFilesAndBlamesNoReference()
    {
        const Loaded loaded = readConfiguration(std::vector<SourceFile>{
            {"/etc/a.toml", "[backend.app\n", Owner::files},
            {"/etc/b.toml", kListeners + "[site.a]\nhosts = [\"*\"]\n[[site.a.route]]\nbackend = \"app\"\nx = 1\n",
             Owner::files}});
        QVERIFY2(loaded.problems.size() == 2, qPrintable(allText(loaded.problems)));
        QCOMPARE(loaded.problems[0].code, std::string("config.syntax"));
        QCOMPARE(loaded.problems[0].source.file, std::string("/etc/a.toml"));
        QCOMPARE(loaded.problems[1].code, std::string("config.unknown-setting"));
        QCOMPARE(loaded.configuration.sites.size(), std::size_t(1));
    }

    void boundsTheProblems()
    {
        std::string text = "[service]\n";
        for (int i = 0; i < 5000; ++i)
            text += "x" + std::to_string(i) + " = 1\n";
        const Loaded loaded = read(text);
        QCOMPARE(loaded.problems.size(), Findings::kMaxProblems + 1);
        QCOMPARE(loaded.problems.back().code, std::string("config.too-many-problems"));
    }

    void manyObjectsReadQuickly()
    {
        std::string text = kListeners;
        for (int i = 0; i < 20000; ++i)
            text += "[zone.\"z" + std::to_string(i) + ".test\"]\nfile = \"f\"\n";
        const Loaded loaded = read(text);
        QVERIFY2(loaded.problems.empty(), qPrintable(allText(loaded.problems)));
        QCOMPARE(loaded.configuration.zones.size(), std::size_t(20000));
    }
};

QTEST_APPLESS_MAIN(ReaderTest)
#include "reader_test.moc"
