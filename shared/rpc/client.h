// SPDX-License-Identifier: GPL-3.0-or-later
// The client's end of the management protocol: typed calls and streams over one connection.
#pragma once

#include "rpc/frame.h"
#include "rpc/json_value.h"
#include "rpc/method.h"

#include <QElapsedTimer>
#include <QLocalSocket>
#include <QObject>
#include <QPointer>

#include <functional>
#include <map>
#include <memory>
#include <optional>

namespace mainstay::rpc {

// The thread it lives in. Calls made before the connection stands are sent once it does. A callback runs exactly
// once, never from within call(), and not at all when its context or the client is gone by then. Errors: what the
// service answered, "service.unreachable" before the connection stood, "service.closed" after.
class Client : public QObject {
    Q_OBJECT

public:
    // Names a stream to unsubscribe().
    enum class StreamId : qint64 {};

    explicit Client(QObject *parent = nullptr);
    ~Client() override;

    // A relative path is relative to the working directory.
    void open(const QString &path);
    // Ends what is open: each callback gets "service.closed".
    void close();
    [[nodiscard]] bool isOpen() const;
    [[nodiscard]] QString path() const { return m_path; }

    // client.call(rpc::GetStatus{}, this, [this](Result<rpc::Status> status) { … });
    template <Method M, class Callback>
    void call(const M &request, QObject *context, Callback callback);

    // onEvent(Event) for each event, then onEnd(Result<>) once: also when the service refuses, and never after
    // unsubscribe().
    template <StreamMethod M, class OnEvent, class OnEnd>
    StreamId subscribe(const M &request, QObject *context, OnEvent onEvent, OnEnd onEnd);
    void unsubscribe(StreamId id);
    // Whether the service has opened the stream, and it has not ended.
    [[nodiscard]] bool isStreaming(StreamId id) const;

    // By name, for tools that know no types.
    using JsonCallback = std::function<void(Result<QJsonValue>)>;
    void callByName(const QString &method, const QJsonObject &params, QObject *context, JsonCallback callback);

    // How long nothing has come.
    [[nodiscard]] Milliseconds silence() const { return Milliseconds(m_heard.isValid() ? m_heard.elapsed() : 0); }

Q_SIGNALS:
    void opened();
    // Once for each open() that did not lead to close(): why there is no connection any more. May come from within
    // open().
    void closed(const mainstay::Error &error);

private:
    struct Stream {
        std::function<void(const QJsonValue &)> onEvent;
        std::function<void(Result<>)> onEnd;
        quint64 subscription = 0; // the service's number for it; 0 until it told
    };

    qint64 send(std::string_view method, const QJsonObject &params, JsonCallback callback);
    void openStream(qint64 id, Stream stream);
    void streamOpened(qint64 id, const Result<QJsonValue> &answer);
    void endStream(qint64 id, const Result<> &why);
    void endRemoteStream(quint64 subscription);

    void readFrames();
    void takeFrame(const QByteArray &line);
    void takeAnswer(AnswerFrame &answer);
    void takeNotification(const NotificationFrame &notification);
    void socketFailed();
    void end(const Error &error);

    QLocalSocket m_socket;
    QString m_path;
    FrameReader m_reader{kMaxAnswerFrame};
    QByteArray m_unsent;
    std::optional<Error> m_end; // why there is no connection
    QElapsedTimer m_heard;      // since it was opened, or something came
    qint64 m_lastId = 0;
    std::map<qint64, JsonCallback> m_calls;
    std::map<qint64, std::shared_ptr<Stream>> m_streams; // shared, so that one may end from within its event
};

template <Method M, class Callback>
void Client::call(const M &request, QObject *context, Callback callback)
{
    send(M::kMethod.name, toJson(request).toObject(),
         [guard = QPointer<QObject>(context), callback = std::move(callback)](Result<QJsonValue> answer) mutable {
             if (!guard)
                 return;
             callback(answer ? readAnswer<typename M::Result>(*answer) : forward(std::move(answer)));
         });
}

template <StreamMethod M, class OnEvent, class OnEnd>
Client::StreamId Client::subscribe(const M &request, QObject *context, OnEvent onEvent, OnEnd onEnd)
{
    const qint64 id = m_lastId + 1;
    const QPointer<QObject> guard(context);
    openStream(id, {.onEvent =
                        [this, id, guard, onEvent = std::move(onEvent)](const QJsonValue &json) mutable {
                            Result<typename M::Event> event = readAnswer<typename M::Event>(json);
                            if (!guard)
                                return unsubscribe(StreamId(id));
                            if (!event)
                                return endStream(id, forward(std::move(event)));
                            onEvent(std::move(*event));
                        },
                    .onEnd =
                        [guard, onEnd = std::move(onEnd)](Result<> why) mutable {
                            if (guard)
                                onEnd(std::move(why));
                        }});
    send(M::kMethod.name, toJson(request).toObject(),
         [this, id](Result<QJsonValue> answer) { streamOpened(id, answer); });
    return StreamId(id);
}

} // namespace mainstay::rpc
