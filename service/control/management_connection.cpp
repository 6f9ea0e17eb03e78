// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/management_connection.h"

#include <QPointer>

#include <utility>

namespace mainstay::control {

namespace {

constexpr qint64 kReadBuffer = 128 * 1024;
// Above this much waiting output a connection's next request waits too.
constexpr qsizetype kPauseReading = 256 * 1024;

} // namespace

ManagementConnection::ManagementConnection(QLocalSocket *socket, Caller caller, const MethodRegistry &methods,
                                           std::shared_ptr<AuditLog> audit, const ManagementLimits &limits,
                                           QObject *parent)
    : QObject(parent), m_socket(socket), m_caller(std::move(caller)), m_methods(methods), m_audit(std::move(audit)),
      m_limits(limits)
{
    m_socket->setParent(this);
    m_socket->setReadBufferSize(kReadBuffer);
    m_stalled.setSingleShot(true);
    m_stalled.setInterval(m_limits.stalled);
    connect(&m_stalled, &QTimer::timeout, this, &ManagementConnection::close);
    connect(m_socket, &QLocalSocket::readyRead, this, &ManagementConnection::readFrames);
    connect(m_socket, &QLocalSocket::disconnected, this, &ManagementConnection::close);
    connect(m_socket, &QLocalSocket::bytesWritten, this, [this] {
        m_socket->bytesToWrite() > 0 ? m_stalled.start() : m_stalled.stop();
        readFrames();
    });
    // What arrived before the signals were connected.
    QMetaObject::invokeMethod(this, &ManagementConnection::readFrames, Qt::QueuedConnection);
}

ManagementConnection::~ManagementConnection()
{
    m_socket->disconnect(this);
    blockSignals(true);
    close();
}

bool ManagementConnection::isPaused() const
{
    return m_closed || m_refusing || m_calls >= m_limits.callsAtOnce || m_socket->bytesToWrite() > kPauseReading;
}

void ManagementConnection::readFrames()
{
    if (std::exchange(m_reading, true))
        return;
    const QPointer<ManagementConnection> self(this);
    QByteArray line;
    while (!isPaused()) {
        const auto status = m_reader.next(line);
        if (status == rpc::FrameReader::Status::frame) {
            take(line);
            if (!self)
                return;
            continue;
        }
        if (status == rpc::FrameReader::Status::tooLarge) {
            answer({}, fail("rpc.invalid-request", "a request may be no longer than 1 MiB"));
            m_refusing = true;
            m_socket->disconnectFromServer();
            break;
        }
        const QByteArray bytes = m_socket->read(kReadBuffer);
        if (bytes.isEmpty())
            break;
        m_reader.append(bytes);
    }
    m_reading = false;
}

void ManagementConnection::take(const QByteArray &line)
{
    const auto frame = rpc::parseRequest(line);
    if (const auto *refused = std::get_if<rpc::RefusedFrame>(&frame))
        return answer(refused->id, tl::unexpected<Error>(refused->error));
    dispatch(std::get<rpc::RequestFrame>(frame));
}

void ManagementConnection::dispatch(const rpc::RequestFrame &request)
{
    const MethodRegistry::Entry *entry = m_methods.find(request.method);
    if (entry == nullptr)
        return answer(request.id, tl::unexpected<Error>(m_methods.unknownMethod(request.method)));
    // Not in the audit log: anybody may connect, and would fill it.
    if (m_caller.access < entry->info.access)
        return answer(request.id, tl::unexpected<Error>(accessDenied(m_caller.user, entry->info)));
    entry->invoke(request.params, m_caller, track(request, *entry), *this);
}

std::shared_ptr<PendingCall> ManagementConnection::track(const rpc::RequestFrame &request,
                                                         const MethodRegistry::Entry &entry)
{
    ++m_calls;
    const QPointer<ManagementConnection> self(this);
    auto answerIt = [self, id = request.id](const Result<QJsonValue> &result) {
        if (!self)
            return;
        --self->m_calls;
        self->answer(id, result);
        // Not now: the next call's handler must not run within whatever answered this one.
        if (!self->m_reading)
            QMetaObject::invokeMethod(self, &ManagementConnection::readFrames, Qt::QueuedConnection);
    };
    if (entry.info.access != rpc::Access::change)
        return std::make_shared<PendingCall>(std::move(answerIt));

    AuditEntry audited{.time = {},
                       .uid = m_caller.peer.uid,
                       .user = m_caller.user,
                       .method = std::string(entry.info.name),
                       .params = entry.auditable(request.params),
                       .outcome = {}};
    // A change is recorded whether or not its caller still waits.
    return std::make_shared<PendingCall>([audit = m_audit, audited, answerIt](Result<QJsonValue> result) mutable {
        audited.time = WallClock::now();
        audited.outcome = result;
        audit->append(audited);
        answerIt(result);
    });
}

std::shared_ptr<OpenStream> ManagementConnection::openStream(PendingCall &call)
{
    std::erase_if(m_streams, [](const auto &stream) { return stream.second.expired(); });
    if (m_streams.size() >= static_cast<std::size_t>(m_limits.streams)) {
        call.finish(fail("rpc.busy", "this connection has " + std::to_string(m_limits.streams) + " streams already",
                         "end one first"));
        return nullptr;
    }
    const std::uint64_t subscription = ++m_lastSubscription;
    const QPointer<ManagementConnection> self(this);
    auto stream = std::make_shared<OpenStream>(
        [self, subscription](const QJsonValue &event) { return self && self->sendEvent(subscription, event); },
        [self, subscription](const Result<> &why) {
            if (self)
                self->endStream(subscription, why);
        });
    m_streams.emplace(subscription, stream);
    call.finish(rpc::toJson(rpc::Subscription{subscription}));
    return stream;
}

bool ManagementConnection::closeStream(std::uint64_t subscription)
{
    const auto found = m_streams.extract(subscription);
    if (!found)
        return false;
    if (const std::shared_ptr<OpenStream> stream = found.mapped().lock())
        stream->close();
    write(rpc::notificationFrame(rpc::StreamEnd::kMethod.name,
                                 rpc::toJson(rpc::StreamEnd{subscription, QJsonValue()}).toObject()));
    return true;
}

bool ManagementConnection::sendEvent(std::uint64_t subscription, const QJsonValue &event)
{
    const QByteArray frame = rpc::notificationFrame(rpc::StreamEvent::kMethod.name,
                                                    rpc::toJson(rpc::StreamEvent{subscription, event}).toObject());
    if (m_socket->bytesToWrite() + frame.size() <= m_limits.output) {
        write(frame);
        return !m_refusing && !m_closed;
    }
    endStream(subscription, fail("rpc.slow-reader", "the client does not read fast enough; the stream was ended"));
    return false;
}

void ManagementConnection::endStream(std::uint64_t subscription, const Result<> &why)
{
    m_streams.erase(subscription);
    const QJsonValue error = why ? QJsonValue() : QJsonValue(rpc::errorToJson(why.error()));
    write(rpc::notificationFrame(rpc::StreamEnd::kMethod.name,
                                 rpc::toJson(rpc::StreamEnd{subscription, error}).toObject()));
}

void ManagementConnection::answer(const QJsonValue &id, const Result<QJsonValue> &result)
{
    if (!id.isUndefined())
        write(rpc::answerFrame(id, result));
}

void ManagementConnection::write(const QByteArray &frame)
{
    if (m_closed)
        return;
    if (m_socket->bytesToWrite() > m_limits.output) {
        // Not now either: closing tells the streams' handlers.
        m_refusing = true;
        QMetaObject::invokeMethod(this, &ManagementConnection::close, Qt::QueuedConnection);
        return;
    }
    if (m_socket->bytesToWrite() == 0)
        m_stalled.start();
    m_socket->write(frame);
}

void ManagementConnection::close()
{
    if (std::exchange(m_closed, true))
        return;
    for (const auto &[subscription, stream] : std::exchange(m_streams, {})) {
        if (const std::shared_ptr<OpenStream> open = stream.lock())
            open->close();
    }
    m_socket->abort();
    Q_EMIT closed();
}

} // namespace mainstay::control
