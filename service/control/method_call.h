// SPDX-License-Identifier: GPL-3.0-or-later
// One call as its handler sees it: who calls, the way to answer, the stream to feed.
#pragma once

#include "control/peer.h"
#include "rpc/json_value.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace mainstay::control {

// Immutable.
struct Caller {
    Peer peer;
    std::string user;
    rpc::Access access = rpc::Access::none;
};

// Control thread. The one answer a call gets: the first given, or an error when it goes without one.
class PendingCall {
public:
    using Finish = std::function<void(Result<QJsonValue>)>;

    explicit PendingCall(Finish finish) : m_finish(std::move(finish)) {}
    ~PendingCall() { finish(fail("rpc.internal-error", "the service ended the call without an answer")); }
    PendingCall(const PendingCall &) = delete;
    PendingCall &operator=(const PendingCall &) = delete;

    void finish(Result<QJsonValue> result)
    {
        if (const Finish finish = std::exchange(m_finish, nullptr))
            finish(std::move(result));
    }

private:
    Finish m_finish;
};

// Control thread. Kept by a handler that answers later; copies answer the same call. It may outlive the connection
// and then answers nobody.
template <class T>
class Reply {
public:
    explicit Reply(std::shared_ptr<PendingCall> call) : m_call(std::move(call)) {}

    void operator()(Result<T> result) const
    {
        m_call->finish(result ? Result<QJsonValue>(rpc::toJson(*result)) : forward(std::move(result)));
    }

private:
    std::shared_ptr<PendingCall> m_call;
};

// Control thread. A stream between its handler and the connection. It ends when either lets go.
class OpenStream {
public:
    using Send = std::function<bool(const QJsonValue &event)>;
    using End = std::function<void(const Result<> &why)>;

    OpenStream(Send send, End end) : m_send(std::move(send)), m_end(std::move(end)) {}
    ~OpenStream() { end({}); }
    OpenStream(const OpenStream &) = delete;
    OpenStream &operator=(const OpenStream &) = delete;

    [[nodiscard]] bool isOpen() const { return m_send != nullptr; }
    bool send(const QJsonValue &event)
    {
        if (m_send && !m_send(event))
            drop();
        return isOpen();
    }
    void end(const Result<> &why)
    {
        const End end = m_end;
        drop();
        if (end)
            end(why);
    }

    // The connection's side.
    void close()
    {
        const auto closed = m_onClosed;
        drop();
        if (closed)
            closed();
    }
    void onClosed(std::function<void()> callback) { m_onClosed = std::move(callback); }

private:
    void drop()
    {
        m_send = nullptr;
        m_end = nullptr;
        m_onClosed = nullptr;
    }

    Send m_send;
    End m_end;
    std::function<void()> m_onClosed;
};

// Control thread. What a handler feeds; copies feed the same stream, which ends with the last of them.
template <class Event>
class Stream {
public:
    explicit Stream(std::shared_ptr<OpenStream> stream) : m_stream(std::move(stream)) {}

    // False once nobody listens: the client went, unsubscribed or does not read fast enough.
    [[nodiscard]] bool isOpen() const { return m_stream->isOpen(); }
    bool send(const Event &event) const { return isOpen() && m_stream->send(rpc::toJson(event)); }
    void end(const Result<> &why = {}) const { m_stream->end(why); }
    // Runs once when the client goes or unsubscribes, so from the event loop, never from within send(). Must not hold
    // the stream itself.
    void onClosed(std::function<void()> callback) const { m_stream->onClosed(std::move(callback)); }

private:
    std::shared_ptr<OpenStream> m_stream;
};

// Control thread. The streams of one connection.
class StreamTable {
public:
    // Answers the call with the stream's number. Null, the call being refused, when there are too many.
    [[nodiscard]] virtual std::shared_ptr<OpenStream> openStream(PendingCall &call) = 0;
    // False when there is no such stream.
    virtual bool closeStream(std::uint64_t subscription) = 0;

protected:
    ~StreamTable() = default;
};

} // namespace mainstay::control
