// SPDX-License-Identifier: GPL-3.0-or-later
// One connection of the management socket: bounded in what it reads, holds and sends.
#pragma once

#include "base/clock.h"
#include "control/audit_log.h"
#include "control/method_call.h"
#include "control/method_registry.h"
#include "rpc/frame.h"

#include <QLocalSocket>
#include <QObject>
#include <QTimer>

#include <cstdint>
#include <map>
#include <memory>

namespace mainstay::control {

// Immutable. What peers may take of the service.
struct ManagementLimits {
    int connections = 64;
    int strangers = 16;                // of those, by peers that may not even look
    int callsAtOnce = 64;              // of one connection; more are read when one is answered
    int streams = 32;                  // of one connection
    qsizetype output = 8 << 20;        // bytes waiting to be read by the client
    Milliseconds stalled{Seconds(60)}; // with output waiting and none of it read
};

// Control thread. Closes itself, emitting closed(), when the peer goes or breaks the bounds.
class ManagementConnection : public QObject, private StreamTable {
    Q_OBJECT

public:
    // Takes the socket over.
    ManagementConnection(QLocalSocket *socket, Caller caller, const MethodRegistry &methods,
                         std::shared_ptr<AuditLog> audit, const ManagementLimits &limits, QObject *parent);
    ~ManagementConnection() override;

    [[nodiscard]] const Caller &caller() const { return m_caller; }

Q_SIGNALS:
    void closed();

private:
    std::shared_ptr<OpenStream> openStream(PendingCall &call) override;
    bool closeStream(std::uint64_t subscription) override;

    void readFrames();
    [[nodiscard]] bool isPaused() const;
    void take(const QByteArray &line);
    void dispatch(const rpc::RequestFrame &request);
    [[nodiscard]] std::shared_ptr<PendingCall> track(const rpc::RequestFrame &request,
                                                     const MethodRegistry::Entry &entry);
    void answer(const QJsonValue &id, const Result<QJsonValue> &result);
    [[nodiscard]] bool sendEvent(std::uint64_t subscription, const QJsonValue &event);
    void endStream(std::uint64_t subscription, const Result<> &why);
    void write(const QByteArray &frame);
    void close();

    QLocalSocket *m_socket;
    const Caller m_caller;
    const MethodRegistry &m_methods;
    const std::shared_ptr<AuditLog> m_audit;
    const ManagementLimits m_limits;
    rpc::FrameReader m_reader{rpc::kMaxRequestFrame};
    QTimer m_stalled;
    int m_calls = 0;
    std::uint64_t m_lastSubscription = 0;
    std::map<std::uint64_t, std::weak_ptr<OpenStream>> m_streams;
    bool m_reading = false;
    bool m_refusing = false; // what more it sends: the end is on its way
    bool m_closed = false;
};

} // namespace mainstay::control
