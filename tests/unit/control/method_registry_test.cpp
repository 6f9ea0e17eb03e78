// SPDX-License-Identifier: GPL-3.0-or-later
// Handlers are found by name, get typed requests, and always answer exactly once.
#include "control/method_registry.h"
#include "rpc/methods.h"

#include <QTest>

#include <optional>

using namespace mainstay;
using control::Caller;
using control::MethodRegistry;
using control::OpenStream;
using control::PendingCall;
using control::Reply;
using control::Stream;

namespace {

// What a connection would have sent.
struct Recorder final : control::StreamTable {
    std::vector<Result<QJsonValue>> answers;
    QStringList events;
    std::shared_ptr<OpenStream> stream;

    std::shared_ptr<PendingCall> call()
    {
        return std::make_shared<PendingCall>([this](Result<QJsonValue> result) { answers.push_back(result); });
    }
    std::shared_ptr<OpenStream> openStream(PendingCall &call) override
    {
        call.finish(rpc::toJson(rpc::Subscription{1}));
        return std::make_shared<OpenStream>(
            [this](const QJsonValue &event) {
                events << event[QLatin1String("text")].toString();
                return true;
            },
            [this](const Result<> &why) { events << (why ? QStringLiteral("(end)") : QStringLiteral("(error)")); });
    }
    bool closeStream(std::uint64_t) override { return false; }
};

QJsonObject paramsOf(const auto &request)
{
    return rpc::toJson(request).toObject();
}

rpc::SetServerState drain()
{
    rpc::SetServerState request;
    request.backend = "app";
    request.server = "a";
    request.state = rpc::ServerState::drain;
    return request;
}

} // namespace

class MethodRegistryTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void answersAtOnce();
    void answersLater();
    void neverAnswering();
    void answersOnlyOnce();
    void invalidParams();
    void unknownMethods();
    void streams();
    void streamClosedByItsClient();
    void discovery();
    void auditableParams();
};

void MethodRegistryTest::answersAtOnce()
{
    MethodRegistry methods;
    methods.handle<rpc::SetServerState>(
        [](const rpc::SetServerState &request, const Caller &caller) -> Result<rpc::ServerStatus> {
            if (caller.user != "alice")
                return fail("test.wrong-user", caller.user);
            rpc::ServerStatus server;
            server.name = request.backend + "/" + request.server;
            server.overrideState = request.state;
            return server;
        });
    Recorder recorder;
    const auto *entry = methods.find(rpc::SetServerState::kMethod.name);
    QVERIFY(entry != nullptr);
    entry->invoke(paramsOf(drain()), Caller{{}, "alice", rpc::Access::change}, recorder.call(), recorder);
    entry->invoke(paramsOf(drain()), Caller{{}, "eve", rpc::Access::change}, recorder.call(), recorder);
    QCOMPARE(recorder.answers.size(), std::size_t(2));
    QCOMPARE(recorder.answers[0].value()[QLatin1String("name")].toString(), QStringLiteral("app/a"));
    QCOMPARE(recorder.answers[0].value()[QLatin1String("override_state")].toString(), QStringLiteral("drain"));
    QCOMPARE(recorder.answers[1].error().code, std::string("test.wrong-user"));
}

void MethodRegistryTest::answersLater()
{
    MethodRegistry methods;
    std::optional<Reply<rpc::ConfigCheck>> held;
    methods.handle<rpc::CheckConfig>(
        [&](const rpc::CheckConfig &, const Caller &, const Reply<rpc::ConfigCheck> &reply) { held = reply; });
    Recorder recorder;
    methods.find(rpc::CheckConfig::kMethod.name)->invoke({}, {}, recorder.call(), recorder);
    QVERIFY(recorder.answers.empty());
    rpc::ConfigCheck check;
    check.valid = true;
    (*held)(check);
    QCOMPARE(recorder.answers.size(), std::size_t(1));
    QVERIFY(recorder.answers[0].value()[QLatin1String("valid")].toBool());
}

void MethodRegistryTest::neverAnswering()
{
    MethodRegistry methods;
    methods.handle<rpc::CheckConfig>([](const rpc::CheckConfig &, const Caller &, const Reply<rpc::ConfigCheck> &) {});
    Recorder recorder;
    methods.find(rpc::CheckConfig::kMethod.name)->invoke({}, {}, recorder.call(), recorder);
    QCOMPARE(recorder.answers.size(), std::size_t(1));
    QCOMPARE(recorder.answers[0].error().code, std::string("rpc.internal-error"));
}

void MethodRegistryTest::answersOnlyOnce()
{
    MethodRegistry methods;
    methods.handle<rpc::CheckConfig>(
        [](const rpc::CheckConfig &, const Caller &, const Reply<rpc::ConfigCheck> &reply) {
            reply(rpc::ConfigCheck{});
            reply(fail("test.second", "twice"));
        });
    Recorder recorder;
    methods.find(rpc::CheckConfig::kMethod.name)->invoke({}, {}, recorder.call(), recorder);
    QCOMPARE(recorder.answers.size(), std::size_t(1));
    QVERIFY(recorder.answers[0]);
}

void MethodRegistryTest::invalidParams()
{
    MethodRegistry methods;
    bool called = false;
    methods.handle<rpc::SetServerState>([&](const rpc::SetServerState &, const Caller &) -> Result<rpc::ServerStatus> {
        called = true;
        return rpc::ServerStatus{};
    });
    Recorder recorder;
    QJsonObject params = paramsOf(drain());
    params.insert(QLatin1String("state"), QLatin1String("asleep"));
    methods.find(rpc::SetServerState::kMethod.name)->invoke(params, {}, recorder.call(), recorder);
    QVERIFY(!called);
    QCOMPARE(recorder.answers.at(0).error().message,
             std::string("`state` must be one of ready, drain, maint, not `asleep`"));
}

void MethodRegistryTest::unknownMethods()
{
    const MethodRegistry methods;
    QVERIFY(methods.find("rpc.discove") == nullptr);
    QCOMPARE(methods.unknownMethod("rpc.discove").code, std::string("rpc.method-not-found"));
    QVERIFY(methods.unknownMethod("rpc.discove").text().find("did you mean `rpc.discover`?") != std::string::npos);
    QVERIFY(methods.unknownMethod("x").text().find("lists all methods") != std::string::npos);
}

void MethodRegistryTest::streams()
{
    MethodRegistry methods;
    std::optional<Stream<rpc::LogLine>> held;
    methods.stream<rpc::TailLog>([&](const rpc::TailLog &request, const Caller &, Stream<rpc::LogLine> stream) {
        for (std::uint32_t i = 0; i < request.lines; ++i)
            QVERIFY(stream.send({{}, std::to_string(i)}));
        if (request.follow)
            held = stream;
    });
    const auto *entry = methods.find(rpc::TailLog::kMethod.name);
    Recorder recorder;
    rpc::TailLog request;
    request.lines = 2;
    entry->invoke(paramsOf(request), {}, recorder.call(), recorder);
    QCOMPARE(recorder.events, QStringList({QStringLiteral("0"), QStringLiteral("1"), QStringLiteral("(end)")}));

    recorder.events.clear();
    request.follow = true;
    entry->invoke(paramsOf(request), {}, recorder.call(), recorder);
    QVERIFY(held->send({{}, "later"}));
    held->end(fail("log.gone", "gone"));
    QVERIFY(!held->send({{}, "too late"}));
    held.reset();
    QCOMPARE(recorder.events, QStringList({QStringLiteral("0"), QStringLiteral("1"), QStringLiteral("later"),
                                           QStringLiteral("(error)")}));
}

void MethodRegistryTest::streamClosedByItsClient()
{
    QStringList said;
    auto open = std::make_shared<OpenStream>([](const QJsonValue &) { return true; },
                                             [&](const Result<> &) { said << QStringLiteral("end"); });
    const Stream<rpc::LogLine> stream(open);
    stream.onClosed([&] { said << QStringLiteral("closed"); });
    open->close();
    open->close();
    QVERIFY(!stream.isOpen());
    QVERIFY(!stream.send({{}, "x"}));
    stream.end();
    QCOMPARE(said, QStringList(QStringLiteral("closed")));
}

void MethodRegistryTest::discovery()
{
    MethodRegistry methods;
    methods.handle<rpc::GetStatus>(
        [](const rpc::GetStatus &, const Caller &) -> Result<rpc::Status> { return rpc::Status{}; });
    Recorder recorder;
    methods.find(rpc::Discover::kMethod.name)->invoke({}, {}, recorder.call(), recorder);
    const auto discovery = rpc::readAnswer<rpc::Discovery>(recorder.answers.at(0).value());
    QVERIFY(discovery);
    QStringList names;
    for (const auto &method : discovery->methods)
        names << QString::fromStdString(method.name);
    QCOMPARE(names, QStringList({QStringLiteral("rpc.discover"), QStringLiteral("rpc.unsubscribe"),
                                 QString::fromStdString(std::string(rpc::GetStatus::kMethod.name))}));
    QVERIFY(discovery->methods[2].result.schema[QLatin1String("properties")].toObject().contains(
        QLatin1String("uptime_s")));
}

namespace {

struct SetPassword {
    static constexpr rpc::MethodInfo kMethod{"test.set_password", rpc::Access::change, "For this test"};
    using Result = rpc::Done;
    std::string user;
    std::string password;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&SetPassword::user, "user", {.help = "Whose"});
        v(&SetPassword::password, "password", {.help = "New one", .secret = true});
    }
};

} // namespace

void MethodRegistryTest::auditableParams()
{
    MethodRegistry methods;
    methods.handle<SetPassword>([](const SetPassword &, const Caller &) -> Result<rpc::Done> { return rpc::Done{}; });
    const QJsonObject params{{QLatin1String("user"), QLatin1String("a")},
                             {QLatin1String("password"), QLatin1String("hunter2")},
                             {QLatin1String("pasword"), QLatin1String("hunter2")}};
    const QJsonObject kept = methods.find(SetPassword::kMethod.name)->auditable(params);
    QCOMPARE(kept, QJsonObject({{QLatin1String("user"), QLatin1String("a")},
                                {QLatin1String("password"), QLatin1String("***")}}));
}

QTEST_APPLESS_MAIN(MethodRegistryTest)
#include "method_registry_test.moc"
