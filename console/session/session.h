// SPDX-License-Identifier: GPL-3.0-or-later
// The console's connection: kept up by itself, with the status once a second and the metrics as they come.
#pragma once

#include "rpc/client.h"
#include "rpc/metrics_methods.h"
#include "rpc/status_methods.h"
#include "session/link.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

#include <optional>

namespace mainstay::session {

// Immutable. How patient a session is.
struct Pace {
    Milliseconds poll{1000};       // from one status to the next, and from one sample to the next
    Milliseconds patience{3000};   // without an answer, the service counts as stalled
    Milliseconds firstSample{150}; // from the connection to the first rates
    Milliseconds reconnect{250};   // doubled with each failure
    Milliseconds slowReconnect{2000};
    Milliseconds refusedRetry{5000};
    Milliseconds giveUp{15'000}; // in silence, the connection counts as dead, and another one is made
};

// Interface thread; never blocks it. All that is shown comes out of its signals; what is asked for goes through
// client(), whose calls fail at once while there is no connection.
class Session : public QObject {
    Q_OBJECT

public:
    explicit Session(QObject *parent = nullptr) : Session(Pace(), parent) {}
    explicit Session(Pace pace, QObject *parent = nullptr);

    void start(const QString &socketPath);
    // Without waiting for the next attempt, or the next status.
    void retryNow();

    [[nodiscard]] rpc::Client &client() { return m_client; }
    [[nodiscard]] const Link &link() const { return m_link; }
    [[nodiscard]] QString socketPath() const { return m_path; }

Q_SIGNALS:
    void linkChanged(const mainstay::session::Link &link);
    void statusArrived(const mainstay::rpc::Status &status);
    void sampleArrived(const mainstay::rpc::MetricsSample &sample);

public Q_SLOTS:
    // Asks for the status out of turn, as after a change.
    void refresh();

private:
    void connectNow();
    void opened();
    void closed(const Error &error);
    void turn();
    void takeStatus(Result<rpc::Status> status);
    void subscribe();
    void enter(LinkState state, const Error &why = {});

    const Pace m_pace;
    QString m_path;
    rpc::Client m_client;
    QTimer m_turns;     // status and patience, while connected
    QTimer m_reconnect; // while not
    QTimer m_subscribe;
    Milliseconds m_delay;
    QElapsedTimer m_asked; // valid while a status is awaited
    Link m_link;
};

} // namespace mainstay::session
