// SPDX-License-Identifier: GPL-3.0-or-later
#include "window/start_log.h"

#include <QTimer>

namespace mainstay::window {

Q_LOGGING_CATEGORY(startLog, "mainstay.start", QtWarningMsg)

StartLog::StartLog(QObject *parent) : QObject(parent)
{
    m_time.start();
}

void StartLog::reached(const char *step) const
{
    qCDebug(startLog, "%lld ms: %s", m_time.elapsed(), step);
}

void StartLog::follow(const session::Session &session, const models::History &history)
{
    if (!startLog().isDebugEnabled())
        return;
    connect(&session, &session::Session::statusArrived, this, [this] { reached("status"); });
    connect(&history, &models::History::advanced, this, [this, &history] { advanced(history); });
}

void StartLog::advanced(const models::History &history)
{
    if (m_isLive || !history.rates())
        return;
    m_isLive = true;
    // Behind what is queued to draw them.
    QTimer::singleShot(0, this, [this] { QTimer::singleShot(0, this, [this] { reached("live data"); }); });
}

} // namespace mainstay::window
