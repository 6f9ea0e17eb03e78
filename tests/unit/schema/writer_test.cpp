// SPDX-License-Identifier: GPL-3.0-or-later
// A configuration survives TOML and JSON; the JSON Schema says what the reader enforces.
#include "schema/writer.h"

#include "schema/json_schema.h"
#include "schema/object_reader.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

using namespace mainstay;
using namespace mainstay::schema;
using namespace mainstay::config;

namespace {

Configuration example()
{
    Configuration c;
    c.service.workers = 2;
    c.listeners["web"].address = {*Endpoint::parse("127.0.0.1:80"), *Endpoint::parse("[::1]:80")};
    c.listeners["web"].idleTimeout = Milliseconds(1500);
    c.listeners["tls"].address = {*Endpoint::parse(":443")};
    c.listeners["tls"].protocol = Protocol::https;
    c.listeners["tls"].maxBody = mebibytes(5);
    c.listeners["dns"].address = {*Endpoint::parse("127.0.0.1:53")};
    c.listeners["dns"].protocol = Protocol::dns;
    c.certificates["a.b"].source = CertificateSource::local;
    c.certificates["a.b"].names = {*HostPattern::parse("a.test"), *HostPattern::parse("*.b.test")};
    SiteConfig &site = c.sites["shop"];
    site.hosts = {*HostPattern::parse("*")};
    site.listeners = {{"web"}, {"tls"}};
    site.certificate.name = "a.b";
    site.accessLog = false;
    site.routes = {{}, {}};
    site.routes[0].root.path = "/srv/\"quoted\" \xc3\xa9\\";
    site.routes[0].index = "";
    site.routes[1].path.path = "/app/";
    site.routes[1].backend.name = "app";
    c.backends["app"].servers["a"].address.tcp = {"10.0.0.5", 80};
    c.backends["app"].servers["b"].address.tcp = {"2001:db8::1", 80};
    c.backends["app"].servers["b"].weight = 7;
    c.backends["empty"];
    c.zones["0/25.2.0.192.in-addr.arpa"].file.path = "/z/a";
    c.zones["."].file.path = "/z/root";
    return c;
}

QString allText(const Problems &problems)
{
    QString text;
    for (const Problem &problem : problems)
        text += QString::fromStdString(problem.text()) + QLatin1Char('\n');
    return text;
}

// A kind of object with a secret, which none of ours has yet.
struct Account {
    std::string user = "nobody";
    std::string password;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&Account::user, "user", {.label = "User"});
        v(&Account::password, "password", {.label = "Password", .secret = true});
    }

    friend bool operator==(const Account &, const Account &) = default;
};

QJsonObject at(QJsonObject object, std::initializer_list<const char *> path)
{
    for (const char *name : path)
        object = object.value(QLatin1String(name)).toObject();
    return object;
}

} // namespace

class WriterTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void tomlRoundTrip()
    {
        const std::string text = schema::writeToml(example());
        const Loaded loaded = readConfiguration(std::vector<SourceFile>{{"/other/place.toml", text, Owner::files}});
        QVERIFY2(!hasErrors(loaded.problems), qPrintable(allText(loaded.problems)));
        QVERIFY2(loaded.configuration == example(), text.c_str());
    }

    void tomlLeavesDefaultsOut()
    {
        Configuration c;
        c.backends["app"].servers["a"].address.tcp = {"app", 80};
        QCOMPARE(schema::writeToml(c), std::string("[backend.app.server.a]\naddress = \"app:80\"\n"));
        QCOMPARE(schema::writeToml(Configuration{}), std::string());
    }

    void jsonRoundTrip()
    {
        for (const Defaults defaults : {Defaults::omit, Defaults::include}) {
            const QByteArray text = QJsonDocument(writeJson(example(), defaults)).toJson();
            const Loaded loaded = readJson(QJsonDocument::fromJson(text).object());
            QVERIFY2(!hasErrors(loaded.problems), qPrintable(allText(loaded.problems)));
            QVERIFY2(loaded.configuration == example(), text.constData());
        }
    }

    void jsonHasEffectiveValues()
    {
        const QJsonObject json = writeJson(example(), Defaults::include);
        const QJsonObject server = at(json, {"backend", "app", "server", "b"});
        QCOMPARE(server.value(QLatin1String("weight")).toInt(), 7);
        QCOMPARE(server.value(QLatin1String("state")).toString(), QLatin1String("ready"));
        QCOMPARE(server.value(QLatin1String("address")).toString(), QLatin1String("[2001:db8::1]:80"));
        QCOMPARE(at(json, {"listener", "web"}).value(QLatin1String("idle_timeout")).toString(),
                 QLatin1String("1500ms"));
    }

    void jsonProblemsHavePaths()
    {
        const auto read = [](const char *text) { return readJson(QJsonDocument::fromJson(text).object()).problems; };
        const Problems problems = read(R"({"service": {"workers": 1e300, "drain_timeout": null, "x": []}, "y": 1})");
        QVERIFY2(problems.size() == 4, qPrintable(allText(problems)));
        QCOMPARE(problems[0].path, std::string("service.workers"));
        QCOMPARE(problems[0].source, SourcePlace{});
        QByteArray deep = "{\"service\": ";
        deep += QByteArray("{\"a\":").repeated(500) + "1" + QByteArray("}").repeated(501);
        QCOMPARE(read(deep).size(), std::size_t(1));
    }

    void secretsAreHidden()
    {
        const Account account{"me", "hunter2"};
        const Node shown = ObjectWriter(Defaults::omit, ObjectWriter::Secrets::show).write(account);
        QCOMPARE(*shown.find("password")->as<std::string>(), std::string("hunter2"));
        const Node hidden = ObjectWriter(Defaults::include).write(account);
        QCOMPARE(*hidden.find("password")->as<std::string>(), std::string(ObjectWriter::kHidden));
        QCOMPARE(*ObjectWriter(Defaults::include).write(Account{}).find("password")->as<std::string>(), std::string());
    }

    void jsonSchema()
    {
        const QJsonObject schema = configurationSchema();
        const QJsonObject server = at(
            schema, {"properties", "backend", "additionalProperties", "properties", "server", "additionalProperties"});
        QCOMPARE(server.value(QLatin1String("required")).toArray(), QJsonArray{QLatin1String("address")});
        QCOMPARE(server.value(QLatin1String("additionalProperties")), QJsonValue(false));
        const QJsonObject weight = at(server, {"properties", "weight"});
        QCOMPARE(weight.value(QLatin1String("type")).toString(), QLatin1String("integer"));
        QCOMPARE(weight.value(QLatin1String("minimum")).toInt(), 1);
        QCOMPARE(weight.value(QLatin1String("maximum")).toInt(), 256);
        QCOMPARE(weight.value(QLatin1String("default")).toInt(), 1);
        QCOMPARE(weight.value(QLatin1String("title")).toString(), QLatin1String("Weight"));
        QCOMPARE(at(server, {"properties", "state"}).value(QLatin1String("enum")).toArray().size(), 3);
        const QJsonObject site = at(schema, {"properties", "site", "additionalProperties", "properties"});
        QCOMPARE(at(site, {"listeners", "items"}).value(QLatin1String("x-reference")).toString(),
                 QLatin1String("listener"));
        QCOMPARE(at(site, {"route", "items", "properties", "path"}).value(QLatin1String("default")).toString(),
                 QLatin1String("/"));
        const QJsonObject listener = at(schema, {"properties", "listener", "additionalProperties", "properties"});
        QCOMPARE(at(listener, {"max_head"}).value(QLatin1String("x-maximum")).toString(), QLatin1String("60KiB"));
        QCOMPARE(at(listener, {"head_timeout"}).value(QLatin1String("default")).toString(), QLatin1String("10s"));
    }
};

QTEST_APPLESS_MAIN(WriterTest)
#include "writer_test.moc"
