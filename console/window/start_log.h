// SPDX-License-Identifier: GPL-3.0-or-later
// Says what the time from the start of the program to live data goes to.
#pragma once

#include "models/history.h"
#include "session/session.h"

#include <QElapsedTimer>
#include <QLoggingCategory>
#include <QObject>

namespace mainstay::window {

// Off unless asked for: QT_LOGGING_RULES="mainstay.start.debug=true" mainstay-console
Q_DECLARE_LOGGING_CATEGORY(startLog)

// Interface thread. A line for each step, with the milliseconds since this was made.
class StartLog : public QObject {
    Q_OBJECT

public:
    explicit StartLog(QObject *parent = nullptr);

    void reached(const char *step) const;
    // Follows both, which outlive it, to "live data": the first rates, drawn.
    void follow(const session::Session &session, const models::History &history);

private:
    void advanced(const models::History &history);

    QElapsedTimer m_time;
    bool m_isLive = false;
};

} // namespace mainstay::window
