// SPDX-License-Identifier: GPL-3.0-or-later
// The client against a service that answers as the test says, garbage and silence included.
#include "rpc/client.h"
#include "rpc/methods.h"

#include <QLocalServer>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <memory>

using namespace mainstay;

namespace {

// Answers each line with what `respond` makes of it.
class ScriptedService : public QObject {
public:
    std::function<QByteArray(const rpc::RequestFrame &)> respond;
    QList<rpc::RequestFrame> requests;

    explicit ScriptedService(const QString &path)
    {
        connect(&m_server, &QLocalServer::newConnection, this, [this] {
            m_socket = m_server.nextPendingConnection();
            connect(m_socket, &QLocalSocket::readyRead, this, [this] {
                while (m_socket->canReadLine()) {
                    requests << std::get<rpc::RequestFrame>(rpc::parseRequest(m_socket->readLine()));
                    m_socket->write(respond(requests.last()));
                }
            });
        });
        if (!m_server.listen(path))
            qFatal("cannot listen");
    }
    void say(const QByteArray &bytes) { m_socket->write(bytes); }
    void hangUp() { m_socket->disconnectFromServer(); }

private:
    QLocalServer m_server;
    QLocalSocket *m_socket = nullptr;
};

QByteArray eventFrame(quint64 subscription, const QJsonValue &value)
{
    return rpc::notificationFrame(rpc::StreamEvent::kMethod.name,
                                  rpc::toJson(rpc::StreamEvent{subscription, value}).toObject());
}

} // namespace

class ClientTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void cleanup();

    void callBeforeTheConnectionStands();
    void answersInAnyOrder();
    void serviceError();
    void unreachable();
    void neverOpened();
    void hangUpFailsWhatWaits();
    void garbageEndsTheConnection();
    void wrongAnswerFailsItsCall();
    void refusedConnection();
    void contextGone();
    void stream();
    void streamWithWrongEvent();
    void unsubscribeFromWithinAnEvent();
    void unsubscribeBeforeTheAnswer();
    void clientDeletedInCallback();
    void reopened();

private:
    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<ScriptedService> m_service;
    std::unique_ptr<rpc::Client> m_client;
    QString m_path;
};

void ClientTest::init()
{
    m_folder = std::make_unique<QTemporaryDir>();
    m_path = m_folder->filePath(QStringLiteral("s"));
    m_service = std::make_unique<ScriptedService>(m_path);
    m_service->respond = [](const rpc::RequestFrame &) { return QByteArray(); };
    m_client = std::make_unique<rpc::Client>();
}

void ClientTest::cleanup()
{
    m_client.reset();
    m_service.reset();
}

void ClientTest::callBeforeTheConnectionStands()
{
    m_service->respond = [](const rpc::RequestFrame &request) {
        rpc::Status status;
        status.version = request.method;
        return rpc::answerFrame(request.id, rpc::toJson(status));
    };
    QString version;
    m_client->open(m_path);
    m_client->call(rpc::GetStatus{}, this, [&](const Result<rpc::Status> &status) {
        version = QString::fromStdString(status ? status->version : status.error().text());
    });
    QVERIFY(version.isEmpty());
    QTRY_COMPARE(version, QString::fromStdString(std::string(rpc::GetStatus::kMethod.name)));
}

void ClientTest::answersInAnyOrder()
{
    QList<rpc::RequestFrame> held;
    m_service->respond = [&](const rpc::RequestFrame &request) -> QByteArray {
        held << request;
        if (held.size() < 3)
            return {};
        QByteArray answers;
        for (auto call = held.rbegin(); call != held.rend(); ++call) {
            rpc::ConfigView view;
            view.config = call->params.value(QLatin1String("path"));
            answers += rpc::answerFrame(call->id, rpc::toJson(view));
        }
        return answers;
    };
    m_client->open(m_path);
    QStringList order;
    for (const char *path : {"a", "b", "c"}) {
        rpc::GetConfig request;
        request.path = path;
        m_client->call(request, this, [&order, path](const Result<rpc::ConfigView> &view) {
            QCOMPARE(view->config.toString(), QString::fromUtf8(path));
            order << view->config.toString();
        });
    }
    QTRY_COMPARE(order, QStringList({QStringLiteral("c"), QStringLiteral("b"), QStringLiteral("a")}));
}

void ClientTest::serviceError()
{
    const Error error{"config.refused", "no", "do"};
    m_service->respond = [&](const rpc::RequestFrame &request) {
        return rpc::answerFrame(request.id, tl::unexpected<Error>(error));
    };
    m_client->open(m_path);
    Error got;
    m_client->call(rpc::GetStatus{}, this, [&](const Result<rpc::Status> &status) { got = status.error(); });
    QTRY_COMPARE(got, error);
    QVERIFY(m_client->isOpen());
}

void ClientTest::unreachable()
{
    QSignalSpy closed(m_client.get(), &rpc::Client::closed);
    Error got;
    m_client->open(m_folder->filePath(QStringLiteral("nobody")));
    m_client->call(rpc::GetStatus{}, this, [&](const Result<rpc::Status> &status) { got = status.error(); });
    QTRY_COMPARE(got.code, std::string("service.unreachable"));
    QVERIFY(got.message.find(m_folder->path().toStdString()) != std::string::npos);
    QVERIFY(!got.remedy.empty());
    QTRY_COMPARE(closed.size(), 1);
}

void ClientTest::neverOpened()
{
    Error got;
    m_client->call(rpc::GetStatus{}, this, [&](const Result<rpc::Status> &status) { got = status.error(); });
    QVERIFY(got.code.empty());
    QTRY_COMPARE(got.code, std::string("service.closed"));
}

void ClientTest::hangUpFailsWhatWaits()
{
    m_client->open(m_path);
    QStringList codes;
    m_client->call(rpc::GetStatus{}, this,
                   [&](const Result<rpc::Status> &status) { codes << QString::fromStdString(status.error().code); });
    m_client->subscribe(
        rpc::TailLog{}, this, [](const rpc::LogLine &) {},
        [&](const Result<> &why) { codes << QString::fromStdString(why.error().code); });
    QTRY_COMPARE(m_service->requests.size(), 2);
    m_service->hangUp();
    const QString closed = QStringLiteral("service.closed");
    QTRY_COMPARE(codes, QStringList({closed, closed}));
}

void ClientTest::garbageEndsTheConnection()
{
    m_service->respond = [](const rpc::RequestFrame &) { return QByteArray("220 mail.example.org ESMTP\n"); };
    QSignalSpy closed(m_client.get(), &rpc::Client::closed);
    m_client->open(m_path);
    Error got;
    m_client->call(rpc::GetStatus{}, this, [&](const Result<rpc::Status> &status) { got = status.error(); });
    QTRY_COMPARE(got.code, std::string("rpc.invalid-answer"));
    QTRY_COMPARE(closed.size(), 1);
}

void ClientTest::wrongAnswerFailsItsCall()
{
    m_service->respond = [](const rpc::RequestFrame &request) {
        return rpc::answerFrame(request.id, QJsonObject{{QLatin1String("pid"), QLatin1String("many")}});
    };
    m_client->open(m_path);
    Error got;
    m_client->call(rpc::GetStatus{}, this, [&](const Result<rpc::Status> &status) { got = status.error(); });
    QTRY_COMPARE(got.code, std::string("rpc.invalid-answer"));
    QVERIFY(m_client->isOpen());
}

void ClientTest::refusedConnection()
{
    const Error busy{"rpc.busy", "full", {}};
    m_service->respond = [&](const rpc::RequestFrame &) { return rpc::answerFrame({}, tl::unexpected<Error>(busy)); };
    m_client->open(m_path);
    Error got;
    m_client->call(rpc::GetStatus{}, this, [&](const Result<rpc::Status> &status) { got = status.error(); });
    QTRY_COMPARE(got, busy);
}

void ClientTest::contextGone()
{
    m_service->respond = [](const rpc::RequestFrame &request) {
        return rpc::answerFrame(request.id, rpc::toJson(rpc::Status{}));
    };
    m_client->open(m_path);
    int calls = 0;
    {
        QObject gone;
        m_client->call(rpc::GetStatus{}, &gone, [&](const Result<rpc::Status> &) { calls += 100; });
    }
    m_client->call(rpc::GetStatus{}, this, [&](const Result<rpc::Status> &) { calls += 1; });
    QTRY_COMPARE(calls, 1);
}

void ClientTest::stream()
{
    m_service->respond = [](const rpc::RequestFrame &request) {
        return rpc::answerFrame(request.id, rpc::toJson(rpc::Subscription{5})) +
               eventFrame(5, rpc::toJson(rpc::LogLine{{}, "one"})) +
               eventFrame(6, rpc::toJson(rpc::LogLine{{}, "not ours"})) +
               eventFrame(5, rpc::toJson(rpc::LogLine{{}, "two"})) +
               rpc::notificationFrame(rpc::StreamEnd::kMethod.name,
                                      rpc::toJson(rpc::StreamEnd{5, QJsonValue()}).toObject());
    };
    m_client->open(m_path);
    QStringList seen;
    m_client->subscribe(
        rpc::TailLog{}, this, [&](const rpc::LogLine &line) { seen << QString::fromStdString(line.text); },
        [&](const Result<> &why) { seen << (why ? QStringLiteral("end") : QStringLiteral("error")); });
    QTRY_COMPARE(seen, QStringList({QStringLiteral("one"), QStringLiteral("two"), QStringLiteral("end")}));
}

void ClientTest::streamWithWrongEvent()
{
    m_service->respond = [](const rpc::RequestFrame &request) {
        if (request.method != rpc::TailLog::kMethod.name)
            return QByteArray();
        return rpc::answerFrame(request.id, rpc::toJson(rpc::Subscription{1})) + eventFrame(1, QJsonValue(3)) +
               eventFrame(1, rpc::toJson(rpc::LogLine{{}, "after"}));
    };
    m_client->open(m_path);
    int events = 0;
    Error got;
    m_client->subscribe(
        rpc::TailLog{}, this, [&](const rpc::LogLine &) { ++events; }, [&](const Result<> &why) { got = why.error(); });
    QTRY_COMPARE(got.code, std::string("rpc.invalid-answer"));
    QTRY_COMPARE(m_service->requests.size(), 2);
    QCOMPARE(m_service->requests.last().method, std::string(rpc::Unsubscribe::kMethod.name));
    QCOMPARE(events, 0);
}

void ClientTest::unsubscribeFromWithinAnEvent()
{
    m_service->respond = [](const rpc::RequestFrame &request) {
        if (request.method != rpc::TailLog::kMethod.name)
            return rpc::answerFrame(request.id, rpc::toJson(rpc::Done{}));
        return rpc::answerFrame(request.id, rpc::toJson(rpc::Subscription{9})) +
               eventFrame(9, rpc::toJson(rpc::LogLine{{}, "one"})) +
               eventFrame(9, rpc::toJson(rpc::LogLine{{}, "two"}));
    };
    m_client->open(m_path);
    int events = 0;
    int ends = 0;
    bool streamed = false;
    rpc::Client::StreamId id{};
    id = m_client->subscribe(
        rpc::TailLog{}, this,
        [&, alive = std::make_shared<int>(1)](const rpc::LogLine &) {
            streamed = m_client->isStreaming(id);
            m_client->unsubscribe(id);
            events += *alive;
        },
        [&](const Result<> &) { ++ends; });
    QVERIFY(!m_client->isStreaming(id));
    QTRY_COMPARE(m_service->requests.size(), 2);
    QVERIFY(streamed && !m_client->isStreaming(id));
    QCOMPARE(m_service->requests.last().params.value(QLatin1String("subscription")).toInt(), 9);
    QCOMPARE(events, 1);
    QCOMPARE(ends, 0);
}

void ClientTest::unsubscribeBeforeTheAnswer()
{
    m_service->respond = [](const rpc::RequestFrame &request) {
        return rpc::answerFrame(request.id, rpc::toJson(rpc::Subscription{4}));
    };
    m_client->open(m_path);
    const auto fail = [] { QFAIL("the stream is gone"); };
    m_client->unsubscribe(m_client->subscribe(
        rpc::TailLog{}, this, [&](const rpc::LogLine &) { fail(); }, [&](const Result<> &) { fail(); }));
    QTRY_COMPARE(m_service->requests.size(), 2);
    QCOMPARE(m_service->requests.last().method, std::string(rpc::Unsubscribe::kMethod.name));
}

void ClientTest::clientDeletedInCallback()
{
    m_client->open(m_path);
    int calls = 0;
    for (int i = 0; i < 3; ++i) {
        m_client->call(rpc::GetStatus{}, this, [&](const Result<rpc::Status> &) {
            ++calls;
            m_client.reset();
        });
    }
    QTRY_COMPARE(m_service->requests.size(), 3);
    m_service->hangUp();
    QTRY_COMPARE(calls, 1);
}

void ClientTest::reopened()
{
    m_service->respond = [](const rpc::RequestFrame &request) {
        return rpc::answerFrame(request.id, rpc::toJson(rpc::Status{}));
    };
    int answers = 0;
    for (int i = 1; i <= 3; ++i) {
        m_client->open(m_path);
        m_client->call(rpc::GetStatus{}, this, [&](const Result<rpc::Status> &status) { answers += status ? 1 : 100; });
        QTRY_COMPARE(answers, i);
    }
}

QTEST_GUILESS_MAIN(ClientTest)
#include "client_test.moc"
