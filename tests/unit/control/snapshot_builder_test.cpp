// SPDX-License-Identifier: GPL-3.0-or-later
// From a configuration to a snapshot: what leads where, what a change leaves as it is, and the cells behind it.
#include "control/snapshot_builder.h"

#include "certificates/local_authority.h"
#include "control/probe_results.h"
#include "control_fixture.h"
#include "zones/zone_loader.h"

using namespace mainstay;
using namespace mainstay::control;

namespace {

const std::string kListeners = "[listener.web]\naddress = [\":80\"]\n[listener.tls]\naddress = [\":443\"]\n"
                               "protocol = \"https\"\n[listener.dns]\naddress = [\":53\"]\nprotocol = \"dns\"\n"
                               "[certificate.shop]\nsource = \"local\"\nnames = [\"shop.test\"]\n"
                               "[certificate.all]\nsource = \"local\"\nnames = [\"other.test\"]\n";
const std::string kApp = "[backend.app.server.a]\naddress = \"10.0.0.1:80\"\n"
                         "[backend.app.server.b]\naddress = \"app.test:81\"\n";
const std::string kOther = "[backend.other.server.a]\naddress = \"10.0.0.2:80\"\n";
const std::string kShop = "[site.shop]\nhosts = [\"shop.test\", \"*.shop.test\"]\ncertificate = \"shop\"\n"
                          "[[site.shop.route]]\nroot = \"/srv/shop\"\n"
                          "[[site.shop.route]]\npath = \"/api/\"\nbackend = \"app\"\n";
const std::string kRest = "[site.rest]\nhosts = [\"*\"]\ncertificate = \"all\"\nlisteners = [\"web\", \"tls\"]\n"
                          "[[site.rest.route]]\nbackend = \"other\"\n";
const std::string kZones = "[zone.\"a.test\"]\nfile = \"a\"\n[zone.\"b.test\"]\nfile = \"b\"\n";
const std::string kAll = kListeners + kApp + kOther + kShop + kRest + kZones;

std::string replaced(std::string text, const std::string &from, const std::string &to)
{
    const auto at = text.find(from);
    if (at == std::string::npos)
        qFatal("%s is not there", from.c_str());
    return text.replace(at, from.size(), to);
}

wire::NameView nameOf(const std::string &text)
{
    static std::map<std::string, wire::Name> names;
    return names.try_emplace(text, wire::Name::parse(text).value()).first->second;
}

// For a plain GET.
const snapshot::Route *routeOf(const snapshot::Site &site, std::string_view path)
{
    const std::string request = "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    wire::RequestHead head;
    if (head.parse(request) != wire::ParseStatus::complete)
        qFatal("a bad request");
    return site.find({path, head, IpAddress{}});
}

} // namespace

class SnapshotBuilderTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        auto authority = certificates::LocalAuthority::open(m_folders.state(), "test", WallClock::now()).value();
        for (const char *name : {"shop", "all"})
            m_prepared.certificates.emplace(
                name,
                authority
                    .certificate(name, {name == std::string("shop") ? "shop.test" : "other.test"}, WallClock::now())
                    .value());
        for (const char *name : {"a.test", "b.test"})
            m_prepared.zones[name].zone = zone(name, 1);
        m_prepared.addresses.emplace("app.test", *IpAddress::parse("192.0.2.1"));
    }
    void init()
    {
        m_cells = std::make_unique<CellRegistry>(2);
        m_builder = std::make_unique<SnapshotBuilder>(*m_cells, engine::TlsContext::make({}).value());
    }

    void everythingLeadsWhereItShould()
    {
        const auto snapshot = build(kAll)->snapshot;
        QCOMPARE(snapshot->generation, std::uint64_t(1));
        QCOMPARE(snapshot->httpListeners.size(), std::size_t(2));
        QCOMPARE(snapshot->dnsListeners.size(), std::size_t(1));
        const snapshot::HostMap &hosts = snapshot->httpListeners.at("web")->hosts;
        QCOMPARE(hosts.find("shop.test")->name(), std::string("shop"));
        QCOMPARE(hosts.find("www.shop.test")->name(), std::string("shop"));
        QCOMPARE(hosts.find("elsewhere.test")->name(), std::string("rest"));
        const snapshot::Site &shop = *hosts.find("shop.test");
        QVERIFY(shop.cell() == m_cells->site("shop"));
        QVERIFY(!routeOf(shop, "/index.html")->backend);
        QCOMPARE(routeOf(shop, "/index.html")->config.root.path, std::string("/srv/shop"));
        const snapshot::Backend &app = *routeOf(shop, "/api/x")->backend;
        QCOMPARE(app.name, std::string("app"));
        QCOMPARE(app.servers.size(), std::size_t(2));
        QCOMPARE(app.servers[0].endpoint->text(), std::string("10.0.0.1:80"));
        QCOMPARE(app.servers[1].endpoint->text(), std::string("192.0.2.1:81"));
        QVERIFY(app.cell == m_cells->backend("app").cell);
        QVERIFY(app.servers[0].cell == m_cells->server({"app", "a"}));
        QCOMPARE(snapshot->backends.size(), std::size_t(2));
        QVERIFY(!snapshot->httpListeners.at("web")->tls && !snapshot->httpListeners.at("web")->certificates);
        const auto &tls = *snapshot->httpListeners.at("tls");
        QVERIFY(tls.tls != nullptr);
        QVERIFY(tls.certificates->select("shop.test").certificate == m_prepared.certificates.at("shop").get());
        // The site for any host gives the certificate for any name.
        QVERIFY(tls.certificates->select("elsewhere.test").certificate == m_prepared.certificates.at("all").get());
        const auto &dns = *snapshot->dnsListeners.at("dns");
        QVERIFY(dns.zones.find(nameOf("a.test.")) == m_prepared.zones.at("a.test").zone);
        QVERIFY(!dns.zones.find(nameOf("c.test.")));
        QVERIFY(m_builder->current() == snapshot);
    }

    void whatIsNotThereIsLeftOut()
    {
        const auto snapshot = build(kAll, Prepared{})->snapshot;
        const snapshot::Site &shop = *snapshot->httpListeners.at("web")->hosts.find("shop.test");
        QVERIFY(!routeOf(shop, "/api/x")->backend->servers[1].endpoint);
        // Of a zone without data, the names are ours all the same.
        QVERIFY(!snapshot->dnsListeners.at("dns")->zones.isEmpty());
        QVERIFY(!snapshot->dnsListeners.at("dns")->zones.find(nameOf("a.test.")));
        QVERIFY(!snapshot->httpListeners.at("tls")->certificates->select("shop.test").certificate);
    }

    void sitesAndZonesOnNamedListenersOnly()
    {
        const std::string text = kListeners +
                                 "[listener.inner]\naddress = [\":8080\"]\n[listener.dns2]\naddress = [\":54\"]\n"
                                 "protocol = \"dns\"\n[site.in]\nhosts = [\"*\"]\nlisteners = [\"inner\"]\n"
                                 "[[site.in.route]]\nroot = \"/\"\n[zone.\"a.test\"]\nfile = \"a\"\n"
                                 "listeners = [\"dns2\"]\n";
        const auto snapshot = build(text)->snapshot;
        QVERIFY(snapshot->httpListeners.at("inner")->hosts.find("x.test"));
        QVERIFY(!snapshot->httpListeners.at("web")->hosts.find("x.test"));
        QVERIFY(snapshot->dnsListeners.at("dns2")->zones.find(nameOf("a.test.")));
        QVERIFY(snapshot->dnsListeners.at("dns")->zones.isEmpty());
    }

    void unchangedIsShared()
    {
        const auto before = build(kAll)->snapshot;
        const auto publication = build(kAll);
        const auto after = publication->snapshot;
        QCOMPARE(after->generation, std::uint64_t(2));
        QVERIFY(publication->dropped.empty());
        QVERIFY(after->httpListeners == before->httpListeners);
        QVERIFY(after->dnsListeners == before->dnsListeners);
        QVERIFY(after->backends == before->backends);
    }

    void aChangedSiteLeavesTheOthers()
    {
        const auto before = build(kAll)->snapshot;
        const auto publication = build(replaced(kAll, "/srv/shop", "/srv/new"));
        const auto after = publication->snapshot;
        QVERIFY(siteFor(*after, "shop.test") != siteFor(*before, "shop.test"));
        QVERIFY(siteFor(*after, "x.test") == siteFor(*before, "x.test"));
        QCOMPARE(routeOf(*siteFor(*after, "a.shop.test"), "/")->config.root.path, std::string("/srv/new"));
        QCOMPARE(routeOf(*siteFor(*before, "shop.test"), "/")->config.root.path, std::string("/srv/shop"));
        QVERIFY(siteFor(*after, "shop.test")->cell() == siteFor(*before, "shop.test")->cell());
        QCOMPARE(publication->dropped.size(), std::size_t(1));
        QVERIFY(publication->dropped[0].get() == siteFor(*before, "shop.test"));
        QVERIFY(after->backends == before->backends);
        QVERIFY(after->dnsListeners == before->dnsListeners);
        // Its certificates are as they were, and so is what selects them.
        QVERIFY(after->httpListeners.at("tls")->certificates == before->httpListeners.at("tls")->certificates);
    }

    void aChangedBackendTakesItsSitesAlong()
    {
        const auto before = build(kAll)->snapshot;
        const auto *oldApp = routeOf(*siteFor(*before, "shop.test"), "/api/")->backend.get();
        const auto after = build(replaced(kAll, "\"10.0.0.1:80\"\n", "\"10.0.0.1:80\"\nweight = 5\n"))->snapshot;
        const auto *newApp = routeOf(*siteFor(*after, "shop.test"), "/api/")->backend.get();
        QVERIFY(newApp != oldApp);
        QCOMPARE(newApp->servers[0].config.weight, 5U);
        QVERIFY(newApp->cell == oldApp->cell && newApp->number == oldApp->number);
        QVERIFY(newApp->servers[0].cell == oldApp->servers[0].cell);
        QVERIFY(siteFor(*after, "x.test") == siteFor(*before, "x.test"));
    }

    // A name that resolves to another address is a change of its backend alone.
    void aMovedServer()
    {
        const auto before = build(kAll)->snapshot;
        Prepared moved = m_prepared;
        moved.addresses["app.test"] = *IpAddress::parse("192.0.2.9");
        const auto after = build(kAll, moved)->snapshot;
        QCOMPARE(routeOf(*siteFor(*after, "shop.test"), "/api/")->backend->servers[1].endpoint->text(),
                 std::string("192.0.2.9:81"));
        QVERIFY(siteFor(*after, "x.test") == siteFor(*before, "x.test"));
    }

    void hostsThatMoveAndGo()
    {
        build(kAll);
        const auto moved =
            build(replaced(replaced(kAll, ", \"*.shop.test\"", ""), "[\"*\"]", "[\"*\", \"*.shop.test\"]"))->snapshot;
        QCOMPARE(siteFor(*moved, "www.shop.test")->name(), std::string("rest"));
        QCOMPARE(siteFor(*moved, "shop.test")->name(), std::string("shop"));
        const auto publication = build(replaced(kAll, kRest, ""));
        QVERIFY(!siteFor(*publication->snapshot, "x.test"));
        QCOMPARE(siteFor(*publication->snapshot, "www.shop.test")->name(), std::string("shop"));
        QCOMPARE(publication->dropped.size(), std::size_t(2)); // one gone, one changed
    }

    void aZoneThatChanges()
    {
        const auto before = build(kAll)->snapshot;
        Prepared edited = m_prepared;
        edited.zones["a.test"].zone = zone("a.test", 2);
        const auto after = build(kAll, edited)->snapshot;
        QVERIFY(after->dnsListeners.at("dns") != before->dnsListeners.at("dns"));
        QCOMPARE(after->dnsListeners.at("dns")->zones.find(nameOf("a.test."))->serial(), 2U);
        QCOMPARE(before->dnsListeners.at("dns")->zones.find(nameOf("a.test."))->serial(), 1U);
        QVERIFY(after->dnsListeners.at("dns")->zones.find(nameOf("b.test.")) == m_prepared.zones.at("b.test").zone);
        QVERIFY(after->httpListeners == before->httpListeners);
        edited.zones.erase("b.test");
        QVERIFY(!build(kAll, edited)->snapshot->dnsListeners.at("dns")->zones.find(nameOf("b.test.")));
    }

    void aCertificateForOthersIsShownAllTheSame()
    {
        const std::string plain =
            "[site.plain]\nhosts = [\"plain.test\", \"*.shop.test\", \"shop.test\"]\ncertificate = \"all\"\n"
            "[[site.plain.route]]\nroot = \"/srv\"\n";
        const std::string www = "[site.www]\nhosts = [\"www.shop.test\"]\ncertificate = \"shop\"\n"
                                "[[site.www.route]]\nroot = \"/srv\"\n";
        const auto snapshot = build(kListeners + plain + www)->snapshot;
        const auto shown = [&snapshot](std::string_view host) {
            return snapshot->httpListeners.at("tls")->certificates->select(host).certificate;
        };
        QVERIFY(shown("plain.test") == m_prepared.certificates.at("all").get());
        QVERIFY(shown("a.shop.test") == m_prepared.certificates.at("all").get());
        QVERIFY(shown("www.shop.test") == m_prepared.certificates.at("shop").get());
        // One that names the host goes before the site's own.
        QVERIFY(shown("shop.test") == m_prepared.certificates.at("shop").get());
        QVERIFY(!shown("elsewhere.test"));
        // The same certificates for other hosts are another selection.
        const auto moved = build(kListeners + replaced(plain, "plain.test", "moved.test") + www)->snapshot;
        QVERIFY(moved->httpListeners.at("tls")->certificates->select("moved.test").certificate);
    }

    void aSiteHasItsOwnCertificate()
    {
        Prepared prepared = m_prepared;
        auto authority = certificates::LocalAuthority::open(m_folders.state(), "test", WallClock::now()).value();
        const auto make = [&](const char *name, std::vector<std::string> names) {
            prepared.certificates[name] = authority.certificate(name, std::move(names), WallClock::now()).value();
        };
        make("a", {"a.test", "*.a.test"});
        make("b", {"b.test", "a.test", "www.a.test"}); // as one of several sites often does
        std::string sites;
        for (const std::string name : {"a", "b"})
            sites += "[certificate." + name + "]\nsource = \"local\"\nnames = [\"" + name + ".test\"]\n" + "[site." +
                     name + "]\nhosts = [\"" + name + ".test\", \"*." + name + ".test\"]\ncertificate = \"" + name +
                     "\"\n[[site." + name + ".route]]\nroot = \"/srv\"\n";
        const auto snapshot = build(kListeners + sites, prepared)->snapshot;
        const auto shown = [&snapshot](std::string_view host) {
            return snapshot->httpListeners.at("tls")->certificates->select(host).certificate;
        };
        QVERIFY(shown("a.test") == prepared.certificates.at("a").get());
        QVERIFY(shown("b.test") == prepared.certificates.at("b").get());
        QVERIFY(shown("x.a.test") == prepared.certificates.at("a").get());
        QVERIFY(shown("x.b.test") == prepared.certificates.at("b").get());   // which nobody's names
        QVERIFY(shown("www.a.test") == prepared.certificates.at("b").get()); // named exactly
    }

    void aRenewedCertificate()
    {
        const auto before = build(kAll)->snapshot;
        Prepared renewed = m_prepared;
        auto authority = certificates::LocalAuthority::open(m_folders.state(), "test", WallClock::now()).value();
        renewed.certificates["shop"] = authority.certificate("renewed", {"shop.test"}, WallClock::now()).value();
        const auto after = build(kAll, renewed)->snapshot;
        QVERIFY(after->httpListeners.at("tls")->certificates->select("shop.test").certificate ==
                renewed.certificates["shop"].get());
        QVERIFY(before->httpListeners.at("tls")->certificates->select("shop.test").certificate ==
                m_prepared.certificates.at("shop").get());
        QVERIFY(after->httpListeners.at("web") == before->httpListeners.at("web"));
        QVERIFY(siteFor(*after, "shop.test") == siteFor(*before, "shop.test"));
    }

    void aListenerOfAnotherProtocol()
    {
        build(kAll);
        const auto dns = build("[listener.web]\naddress = [\":80\"]\nprotocol = \"dns\"\n" + kZones)->snapshot;
        QVERIFY(dns->httpListeners.empty());
        QVERIFY(dns->dnsListeners.at("web")->zones.find(nameOf("a.test.")));
        const auto back = build(kAll)->snapshot;
        QCOMPARE(siteFor(*back, "shop.test")->name(), std::string("shop"));
        QVERIFY(back->dnsListeners.at("dns")->zones.find(nameOf("b.test.")));
    }

    void cellsLiveAsLongAsTheirObjects()
    {
        const auto site = m_cells->site("a");
        site->traffic[0].requests.add(7);
        const auto server = m_cells->server({"app", "a"});
        const auto backend = m_cells->backend("app");
        QVERIFY(m_cells->site("a") == site && m_cells->server({"app", "a"}) == server);
        QVERIFY(m_cells->server({"other", "a"}) != server && m_cells->server({"app", "b"})->number != server->number);
        QVERIFY(m_cells->backend("other").number != backend.number);
        QVERIFY(m_cells->listener("a") == m_cells->listener("a") && m_cells->zone("a") == m_cells->zone("a"));

        m_cells->keepSites([](const std::string &name) { return name != "a"; });
        m_cells->keepServers([](const CellRegistry::ServerKey &key) { return key.first != "app"; });
        m_cells->keepBackends([](const std::string &name) { return name != "app"; });
        QCOMPARE(site->traffic[0].requests.value(), std::uint64_t(7)); // whoever holds it keeps it
        QVERIFY(m_cells->site("a") != site);
        // Numbers are never given again: tables of the workers may still hold what had them.
        QVERIFY(m_cells->server({"app", "a"})->number != server->number);
        QVERIFY(m_cells->backend("app").number > backend.number);
    }

    void probesOfAServer()
    {
        ProbeResults results;
        const auto server = m_cells->server({"app", "a"});
        QVERIFY(!results.find(*server));
        results.record({server, true, "status 200", {}});
        results.record({server, false, "connection refused", {}});
        QCOMPARE(results.find(*server)->detail, std::string("connection refused"));
        QVERIFY(WallClock::now() - results.find(*server)->time < Seconds(60));
        QVERIFY(!results.find(*m_cells->server({"app", "b"})));
    }

private:
    std::shared_ptr<const snapshot::Publication> build(const std::string &text) { return build(text, m_prepared); }
    std::shared_ptr<const snapshot::Publication> build(const std::string &text, const Prepared &prepared)
    {
        const schema::Loaded loaded = tests::loaded(text);
        if (hasErrors(loaded.problems))
            qFatal("%s", tests::textOf(loaded.problems).c_str());
        return m_builder->build(loaded.configuration, prepared, {});
    }

    static const snapshot::Site *siteFor(const snapshot::Snapshot &snapshot, const char *host)
    {
        return snapshot.httpListeners.at("web")->hosts.find(host);
    }

    static std::shared_ptr<const snapshot::Zone> zone(const std::string &name, std::uint32_t serial)
    {
        zones::ZoneLoader loader({.apex = wire::Name::parse(name + ".").value(), .path = "zone"}, nullptr);
        loader.readText(tests::zoneText(serial), "zone");
        return loader.finish().zone;
    }

    tests::Folders m_folders;
    Prepared m_prepared;
    std::unique_ptr<CellRegistry> m_cells;
    std::unique_ptr<SnapshotBuilder> m_builder;
};

QTEST_GUILESS_MAIN(SnapshotBuilderTest)
#include "snapshot_builder_test.moc"
