// SPDX-License-Identifier: GPL-3.0-or-later
// What an app prints, followed line by line.
#pragma once

#include "models/log_lines.h"
#include "session/session.h"

#include <QLabel>
#include <QListView>
#include <QTimer>
#include <QWidget>

#include <optional>

namespace mainstay::pages {

// Interface thread. Follows while it can be seen. Stays where it was scrolled to, and goes on with the newest line
// once it is back at the end.
class LogView : public QWidget {
    Q_OBJECT

public:
    // `session` outlives it.
    explicit LogView(session::Session &session, QWidget *parent = nullptr);

    // The app whose output is wanted; empty for none.
    void follow(const QString &app);
    [[nodiscard]] const models::LogLines &lines() const { return m_lines; }

protected:
    void showEvent(QShowEvent *event) override;
    void hideEvent(QHideEvent *event) override;

private:
    void open();
    void close();
    void flush();

    session::Session &m_session;
    QString m_app;
    QLabel *m_title;
    QLabel *m_note;
    QListView *m_view;
    models::LogLines m_lines;
    QTimer m_flush; // lines that come at once are shown at once
    std::optional<rpc::Client::StreamId> m_stream;
};

} // namespace mainstay::pages
