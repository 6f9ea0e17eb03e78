// SPDX-License-Identifier: GPL-3.0-or-later
#include "rpc/client.h"

#include "rpc/discover_methods.h"

#include <QFileInfo>
#include <QMetaObject>

#include <algorithm>
#include <utility>

namespace mainstay::rpc {

namespace {

Error closedError(const QString &path)
{
    return {"service.closed", Client::tr("the service at %1 closed the connection").arg(path).toStdString(), {}};
}

QString reasonOf(QLocalSocket::LocalSocketError error)
{
    switch (error) {
    case QLocalSocket::ServerNotFoundError:
        return Client::tr("there is no socket");
    case QLocalSocket::ConnectionRefusedError:
        return Client::tr("nobody listens there");
    case QLocalSocket::SocketAccessError:
        return Client::tr("permission denied");
    default:
        return Client::tr("the connection failed");
    }
}

} // namespace

Client::Client(QObject *parent)
    : QObject(parent), m_end(Error{"service.closed", tr("there is no connection to the service").toStdString(), {}})
{
    connect(&m_socket, &QLocalSocket::connected, this, [this] {
        m_socket.write(std::exchange(m_unsent, {}));
        Q_EMIT opened();
    });
    connect(&m_socket, &QLocalSocket::readyRead, this, &Client::readFrames);
    connect(&m_socket, &QLocalSocket::errorOccurred, this, &Client::socketFailed);
    connect(&m_socket, &QLocalSocket::disconnected, this, [this] { end(closedError(m_path)); });
}

Client::~Client()
{
    m_socket.disconnect(this);
}

void Client::open(const QString &path)
{
    close();
    m_path = path;
    m_end.reset();
    m_heard.start();
    m_reader = FrameReader(kMaxAnswerFrame);
    m_socket.connectToServer(QFileInfo(path).absoluteFilePath()); // a relative one would mean the temporary folder
}

void Client::close()
{
    if (m_end)
        return;
    const QSignalBlocker silent(this);
    end({"service.closed", tr("the connection to the service was closed").toStdString(), {}});
}

bool Client::isOpen() const
{
    return m_socket.state() == QLocalSocket::ConnectedState;
}

void Client::callByName(const QString &method, const QJsonObject &params, QObject *context, JsonCallback callback)
{
    const QByteArray name = method.toUtf8();
    send({name.data(), static_cast<std::size_t>(name.size())}, params,
         [guard = QPointer<QObject>(context), callback = std::move(callback)](Result<QJsonValue> answer) {
             if (guard)
                 callback(std::move(answer));
         });
}

qint64 Client::send(std::string_view method, const QJsonObject &params, JsonCallback callback)
{
    const qint64 id = ++m_lastId;
    m_calls.emplace(id, std::move(callback));
    const QByteArray frame = requestFrame(id, method, params);
    if (isOpen()) {
        m_socket.write(frame);
    } else if (!m_end) {
        m_unsent += frame;
    } else {
        const auto failIt = [this, id, why = *m_end] {
            if (auto call = m_calls.extract(id))
                call.mapped()(tl::unexpected<Error>(why));
        };
        QMetaObject::invokeMethod(this, failIt, Qt::QueuedConnection);
    }
    return id;
}

void Client::openStream(qint64 id, Stream stream)
{
    m_streams.emplace(id, std::make_shared<Stream>(std::move(stream)));
}

void Client::streamOpened(qint64 id, const Result<QJsonValue> &answer)
{
    const Result<Subscription> opened =
        answer ? readAnswer<Subscription>(*answer) : tl::unexpected<Error>(answer.error());
    if (!opened)
        return endStream(id, tl::unexpected<Error>(opened.error()));
    if (const auto stream = m_streams.find(id); stream != m_streams.end())
        stream->second->subscription = opened->subscription;
    else
        endRemoteStream(opened->subscription);
}

void Client::unsubscribe(StreamId id)
{
    const auto stream = m_streams.extract(static_cast<qint64>(id));
    if (stream && stream.mapped()->subscription != 0)
        endRemoteStream(stream.mapped()->subscription);
}

bool Client::isStreaming(StreamId id) const
{
    const auto stream = m_streams.find(static_cast<qint64>(id));
    return stream != m_streams.end() && stream->second->subscription != 0;
}

void Client::endStream(qint64 id, const Result<> &why)
{
    const auto stream = m_streams.extract(id);
    if (!stream)
        return;
    if (stream.mapped()->subscription != 0 && !why)
        endRemoteStream(stream.mapped()->subscription);
    stream.mapped()->onEnd(why);
}

void Client::endRemoteStream(quint64 subscription)
{
    if (isOpen())
        send(Unsubscribe::kMethod.name, toJson(Unsubscribe{subscription}).toObject(),
             [](const Result<QJsonValue> &) {});
}

void Client::readFrames()
{
    const QPointer<Client> self(this);
    m_heard.start();
    m_reader.append(m_socket.readAll());
    QByteArray line;
    for (;;) {
        switch (m_reader.next(line)) {
        case FrameReader::Status::needMore:
            return;
        case FrameReader::Status::tooLarge:
            return end({"rpc.invalid-answer", tr("the service sent a line of more than 64 MiB").toStdString(), {}});
        case FrameReader::Status::frame:
            takeFrame(line);
        }
        if (!self || m_end)
            return;
    }
}

void Client::takeFrame(const QByteArray &line)
{
    auto frame = parseAnswer(line);
    if (!frame)
        return end(frame.error());
    if (auto *answer = std::get_if<AnswerFrame>(&*frame))
        takeAnswer(*answer);
    else
        takeNotification(std::get<NotificationFrame>(*frame));
}

void Client::takeAnswer(AnswerFrame &answer)
{
    // An error without id concerns the connection.
    if (answer.id.isNull() && !answer.result)
        return end(answer.result.error());
    if (auto call = m_calls.extract(answer.id.toInteger()))
        call.mapped()(std::move(answer.result));
}

void Client::takeNotification(const NotificationFrame &notification)
{
    const auto find = [this](quint64 subscription) {
        return std::find_if(m_streams.begin(), m_streams.end(),
                            [&](const auto &stream) { return stream.second->subscription == subscription; });
    };
    if (notification.method == StreamEvent::kMethod.name) {
        const auto event = readAnswer<StreamEvent>(notification.params);
        const auto found = event ? find(event->subscription) : m_streams.end();
        if (found == m_streams.end())
            return;
        const std::shared_ptr<Stream> stream = found->second;
        stream->onEvent(event->event);
    } else if (notification.method == StreamEnd::kMethod.name) {
        const auto ended = readAnswer<StreamEnd>(notification.params);
        const auto found = ended ? find(ended->subscription) : m_streams.end();
        if (found == m_streams.end())
            return;
        const auto stream = m_streams.extract(found);
        Result<> why;
        if (ended->error.isObject())
            why = tl::unexpected<Error>(errorFromJson(ended->error.toObject()));
        stream.mapped()->onEnd(why);
    }
}

void Client::socketFailed()
{
    if (m_socket.error() == QLocalSocket::PeerClosedError)
        return end(closedError(m_path));
    end({"service.unreachable",
         tr("cannot reach the service at %1 (%2)").arg(m_path, reasonOf(m_socket.error())).toStdString(),
         tr("is mainstayd running? try: systemctl status mainstay").toStdString()});
}

void Client::end(const Error &error)
{
    if (m_end)
        return;
    m_end = error;
    const QPointer<Client> self(this);
    m_unsent.clear();
    m_socket.abort();
    auto calls = std::exchange(m_calls, {});
    auto streams = std::exchange(m_streams, {});
    for (auto &[id, callback] : calls) {
        // A stream hears of it once, as its end.
        if (!streams.contains(id))
            callback(tl::unexpected<Error>(error));
        if (!self)
            return;
    }
    for (auto &[id, stream] : streams) {
        stream->onEnd(tl::unexpected<Error>(error));
        if (!self)
            return;
    }
    Q_EMIT closed(error);
}

} // namespace mainstay::rpc
