// SPDX-License-Identifier: GPL-3.0-or-later
// Described values to JSON and back, and what is said about values that do not fit.
#include "rpc/methods.h"

#include "rpc/json_value.h"

#include <QJsonDocument>
#include <QTest>

using namespace mainstay;

namespace {

QJsonObject object(const char *text)
{
    return QJsonDocument::fromJson(text).object();
}

} // namespace

class JsonValueTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void roundTrip();
    void absentMembersKeepTheirInitialisers();
    void nullIsNoOverride();
    void refusals_data();
    void refusals();
    void answersMayHaveMore();
    void answersMustFit();
    void largeNumbersAreExact();
    void times();
};

void JsonValueTest::roundTrip()
{
    rpc::Status status;
    status.version = "1.2";
    status.pid = 42;
    status.uptime = Seconds(90);
    status.state = rpc::ServiceState::serving;
    status.confirmBy = WallTime(Milliseconds(1'700'000'000'123));
    status.problems.push_back({"zone.missing", "zone.x", "gone", "make it", {"a.toml", 3, 4}, Severity::warning});
    rpc::BackendStatus backend;
    backend.name = "app";
    rpc::ServerStatus server;
    server.name = "ä\n\"";
    server.overrideState = rpc::ServerState::drain;
    server.overrideWeight = 7;
    backend.servers.push_back(server);
    status.backends.push_back(backend);

    const QJsonValue json = rpc::toJson(status);
    const auto back = rpc::readAnswer<rpc::Status>(json);
    QVERIFY(back);
    QCOMPARE(rpc::toJson(*back), json);
    QCOMPARE(back->problems, status.problems);
    QCOMPARE(back->confirmBy, status.confirmBy);
    QCOMPARE(back->backends.at(0).servers.at(0).name, server.name);
    QCOMPARE(back->backends.at(0).servers.at(0).state(), rpc::ServerState::drain);
    QCOMPARE(json[QLatin1String("uptime_s")].toInteger(), 90);
    QCOMPARE(json[QLatin1String("state")].toString(), QStringLiteral("serving"));
}

void JsonValueTest::absentMembersKeepTheirInitialisers()
{
    const auto request = rpc::readRequest<rpc::TailLog>(object(R"({"follow": true})"));
    QVERIFY(request);
    QCOMPARE(request->lines, 20u);
    QVERIFY(request->follow);
    QCOMPARE(request->source, rpc::LogSource::events);
}

void JsonValueTest::nullIsNoOverride()
{
    const auto server = rpc::readAnswer<rpc::ServerStatus>(object(R"({"override_state": null, "health": "up"})"));
    QVERIFY(server);
    QVERIFY(!server->overrideState);
    QCOMPARE(rpc::toJson(*server)[QLatin1String("override_state")], QJsonValue());
}

void JsonValueTest::refusals_data()
{
    QTest::addColumn<QByteArray>("params");
    QTest::addColumn<QString>("message");
    const auto row = [](const char *name, const char *params, const char *message) {
        QTest::newRow(name) << QByteArray(params) << QString::fromUtf8(message);
    };
    row("missing", R"({"backend": "a", "weight": 2})", "`server` is missing");
    row("empty", R"({"backend": "", "server": "b", "weight": 2})", "`backend` may not be empty");
    row("unknown", R"({"backend": "a", "server": "b", "wieght": 2, "weight": 1})",
        "`wieght` is unknown: did you mean `weight`?");
    row("text for a number", R"({"backend": "a", "server": "b", "weight": "2"})",
        "`weight` must be a whole number from 1 to 256, not `2`");
    row("fraction", R"({"backend": "a", "server": "b", "weight": 1.5})",
        "`weight` must be a whole number from 1 to 256, not the number 1.5");
    row("huge", R"({"backend": "a", "server": "b", "weight": 1e300})",
        "`weight` must be a whole number from 1 to 256, not the number 1e+300");
    row("too small", R"({"backend": "a", "server": "b", "weight": 0})",
        "`weight` must be a whole number from 1 to 256, not the number 0");
    row("null", R"({"backend": null, "server": "b", "weight": 3})", "`backend` must be text, not null");
    row("list", R"({"backend": ["a"], "server": "b", "weight": 3})", "`backend` must be text, not a list");
}

void JsonValueTest::refusals()
{
    QFETCH(QByteArray, params);
    QFETCH(QString, message);
    const auto request = rpc::readRequest<rpc::SetServerWeight>(object(params.constData()));
    QVERIFY(!request);
    QCOMPARE(QString::fromStdString(request.error().message), message);
    QCOMPARE(request.error().code, std::string("rpc.invalid-params"));
}

void JsonValueTest::answersMayHaveMore()
{
    QVERIFY(rpc::readAnswer<rpc::LogLine>(object(R"({"text": "x", "of_a_later_release": 1})")));
}

void JsonValueTest::answersMustFit()
{
    const auto list =
        rpc::readAnswer<rpc::RevisionList>(object(R"({"revisions": [{"revision": 1}, {"revision": "two"}]})"));
    QVERIFY(!list);
    QCOMPARE(list.error().code, std::string("rpc.invalid-answer"));
    QVERIFY(list.error().message.find("`revisions[1].revision`") != std::string::npos);
    QVERIFY(!rpc::readAnswer<rpc::ServerStatus>(object(R"({"health": "fine"})")));
    QVERIFY(!rpc::readAnswer<rpc::ServerStatus>(QJsonValue()));
}

void JsonValueTest::largeNumbersAreExact()
{
    rpc::SiteMetrics site;
    site.bytesOut = (1ULL << 62) + 1;
    const QByteArray text = rpc::compactText(rpc::toJson(site).toObject());
    const auto back = rpc::readAnswer<rpc::SiteMetrics>(QJsonDocument::fromJson(text).object());
    QVERIFY(back);
    QCOMPARE(back->bytesOut, site.bytesOut);
}

void JsonValueTest::times()
{
    const WallTime time(Milliseconds(1'700'000'000'123));
    QCOMPARE(rpc::timeText(time), QStringLiteral("2023-11-14T22:13:20.123Z"));
    QCOMPARE(rpc::timeFromText(rpc::timeText(time)), std::optional(time));
    QVERIFY(!rpc::timeFromText(QStringLiteral("yesterday")));
}

QTEST_APPLESS_MAIN(JsonValueTest)
#include "json_value_test.moc"
