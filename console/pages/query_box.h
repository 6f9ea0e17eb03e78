// SPDX-License-Identifier: GPL-3.0-or-later
// One SQL statement and its rows. Nothing is changed unless the database allows it and the user says so each time anew.
#pragma once

#include "models/query_table.h"
#include "models/sorted_rows.h"
#include "pages/outcome_line.h"
#include "session/session.h"

#include <QWidget>

class QCheckBox;
class QLabel;
class QPlainTextEdit;
class QPushButton;
class QStackedLayout;
class QTableView;

namespace mainstay::pages {

class SortHeader;

// Interface thread. Ctrl+Enter runs the statement.
class QueryBox : public QWidget {
    Q_OBJECT

public:
    // `session` outlives it.
    explicit QueryBox(session::Session &session, QWidget *parent = nullptr);

    // `access` is what the database lets queries do: none, read or write. Another database takes the tick off
    // "may write".
    void choose(const QString &database, const QString &access);

private:
    void enable();
    void run();
    // `asked`: the database the statement was for.
    void take(const QString &asked, Result<rpc::QueryResult> result);

    session::Session &m_session;
    QString m_database;
    QString m_access;
    bool m_running = false;
    models::QueryTable m_rows;
    models::SortedRows m_sorted;
    QLabel *m_title;
    QPlainTextEdit *m_sql;
    QCheckBox *m_mayWrite;
    QPushButton *m_run;
    QStackedLayout *m_place; // a hint, then the table
    QTableView *m_table;
    SortHeader *m_header;
    OutcomeLine *m_outcome;
};

} // namespace mainstay::pages
