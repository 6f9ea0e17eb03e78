// SPDX-License-Identifier: GPL-3.0-or-later
#include "session/session.h"

#include <algorithm>
#include <utility>

namespace mainstay::session {
namespace {

bool isOfTheConnection(const Error &error)
{
    return error.code == "service.unreachable" || error.code == "service.closed";
}

} // namespace

Session::Session(Pace pace, QObject *parent) : QObject(parent), m_pace(pace), m_delay(pace.reconnect)
{
    m_turns.setInterval(m_pace.poll);
    m_reconnect.setSingleShot(true);
    m_subscribe.setSingleShot(true);
    connect(&m_turns, &QTimer::timeout, this, &Session::turn);
    connect(&m_reconnect, &QTimer::timeout, this, &Session::connectNow);
    connect(&m_subscribe, &QTimer::timeout, this, &Session::subscribe);
    connect(&m_client, &rpc::Client::opened, this, &Session::opened);
    // Queued: it may come from within open().
    connect(&m_client, &rpc::Client::closed, this, &Session::closed, Qt::QueuedConnection);
}

void Session::start(const QString &socketPath)
{
    m_path = socketPath;
    m_link = {};
    Q_EMIT linkChanged(m_link);
    connectNow();
}

void Session::retryNow()
{
    m_delay = m_pace.reconnect;
    if (m_link.state == LinkState::live || m_link.state == LinkState::refused)
        refresh();
    else
        connectNow();
}

void Session::connectNow()
{
    m_reconnect.stop();
    m_turns.stop();
    m_subscribe.stop();
    m_asked.invalidate();
    m_client.open(m_path);
    // A service that is stopped lets us connect, or not even that: the same patience for both.
    m_asked.start();
    m_turns.start();
}

void Session::opened()
{
    m_asked.invalidate();
    refresh();
    // The rates between this sample and the first of the stream are there long before a whole second has passed.
    QElapsedTimer asked;
    asked.start();
    m_client.call(rpc::GetMetrics{}, this, [this, asked](const Result<rpc::MetricsSample> &sample) {
        if (!sample)
            return;
        Q_EMIT sampleArrived(*sample);
        // A window that was built meanwhile has waited long enough.
        m_subscribe.start(std::max(Milliseconds(0), m_pace.firstSample - Milliseconds(asked.elapsed())));
    });
}

void Session::closed(const Error &error)
{
    if (m_reconnect.isActive() || m_client.isOpen())
        return; // of an attempt before
    m_turns.stop();
    m_subscribe.stop();
    m_asked.invalidate();
    enter(LinkState::away, error);
    m_reconnect.start(m_delay);
    m_delay = std::min(m_delay * 2, m_pace.slowReconnect);
}

void Session::turn()
{
    if (!m_asked.isValid())
        return refresh();
    if (m_asked.elapsed() < m_pace.patience.count())
        return;
    // Of a tunnel whose other end is gone nothing is heard any more.
    if (m_asked.elapsed() >= m_pace.giveUp.count() && m_client.silence() >= m_pace.giveUp)
        return connectNow();
    enter(LinkState::stalled, {"service.no-answer", tr("The service does not answer").toStdString(),
                               tr("It may be busy or stopped. What it did last is in its log: "
                                  "journalctl -u mainstay")
                                   .toStdString()});
}

void Session::refresh()
{
    if (!m_client.isOpen() || m_asked.isValid())
        return;
    m_asked.start();
    m_turns.start(m_pace.poll);
    m_client.call(rpc::GetStatus{}, this, [this](Result<rpc::Status> status) { takeStatus(std::move(status)); });
}

void Session::takeStatus(Result<rpc::Status> status)
{
    m_asked.invalidate();
    if (status) {
        m_delay = m_pace.reconnect;
        m_link.lastSeen = WallClock::now();
        enter(LinkState::live);
        Q_EMIT statusArrived(*status);
    } else if (!isOfTheConnection(status.error())) {
        enter(LinkState::refused, status.error());
        m_turns.start(m_pace.refusedRetry);
    }
}

void Session::subscribe()
{
    m_client.subscribe(
        rpc::SubscribeMetrics{m_pace.poll}, this,
        [this](const rpc::MetricsSample &sample) { Q_EMIT sampleArrived(sample); },
        [this](const Result<> &why) {
            // A lost connection begins anew by itself.
            if (!why && !isOfTheConnection(why.error()))
                m_subscribe.start(m_pace.refusedRetry);
        });
}

void Session::enter(LinkState state, const Error &why)
{
    if (m_link.state == state && m_link.why == why)
        return;
    m_link.state = state;
    m_link.why = why;
    Q_EMIT linkChanged(m_link);
}

} // namespace mainstay::session
