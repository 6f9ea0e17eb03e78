// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/query_box.h"

#include "look/fonts.h"
#include "look/icons.h"
#include "look/spacing.h"
#include "pages/row_delegate.h"
#include "pages/sort_header.h"
#include "pages/sql_colours.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QShortcut>
#include <QStackedLayout>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

namespace mainstay::pages {

using look::kUnit;

namespace {

constexpr int kWidestColumn = 40 * kUnit;
constexpr int kEditorLines = 3;

} // namespace

QueryBox::QueryBox(session::Session &session, QWidget *parent)
    : QWidget(parent), m_session(session), m_title(new QLabel), m_sql(new QPlainTextEdit),
      m_mayWrite(new QCheckBox(tr("May &write"))),
      m_run(new QPushButton(look::icon(QStringLiteral("run")), tr("R&un"))), m_place(new QStackedLayout),
      m_table(new QTableView), m_header(new SortHeader), m_outcome(new OutcomeLine)
{
    m_title->setFont(look::strongFont());
    m_mayWrite->setToolTip(tr("Let the statement change something, where the database's setting `console` allows it"));
    m_run->setToolTip(tr("Run the statement (Ctrl+Enter)"));
    m_sql->setPlaceholderText(tr("SELECT …"));
    m_sql->setFont(look::monoFont());
    m_sql->setTabChangesFocus(true);
    m_sql->setFixedHeight(QFontMetrics(m_sql->font()).lineSpacing() * kEditorLines + 3 * kUnit);
    new SqlColours(*m_sql);
    m_sorted.setSourceModel(&m_rows);
    m_table->setModel(&m_sorted);
    m_table->setItemDelegate(new RowDelegate(m_table));
    m_table->setHorizontalHeader(m_header);
    m_table->setSortingEnabled(true);
    m_table->setMinimumHeight(10 * kUnit);
    m_table->setShowGrid(false);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setWordWrap(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(look::kRowHeight - kUnit / 2);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_header->setStretchLastSection(true);

    auto *hint = new QLabel(tr("Rows appear here."));
    hint->setAlignment(Qt::AlignCenter);
    hint->setProperty("look", QStringLiteral("muted"));
    m_place->addWidget(hint);
    m_place->addWidget(m_table);

    auto *head = new QHBoxLayout;
    head->setSpacing(2 * kUnit);
    head->addWidget(m_title, 1);
    head->addWidget(m_mayWrite);
    head->addWidget(m_run);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(kUnit);
    layout->addLayout(head);
    layout->addWidget(m_sql);
    layout->addLayout(m_place, 1);
    layout->addWidget(m_outcome);

    connect(m_run, &QPushButton::clicked, this, &QueryBox::run);
    for (const int key : {Qt::Key_Return, Qt::Key_Enter}) {
        auto *shortcut = new QShortcut(QKeySequence(Qt::CTRL | key), this, this, &QueryBox::run);
        shortcut->setContext(Qt::WidgetWithChildrenShortcut);
    }
    connect(m_sql, &QPlainTextEdit::textChanged, this, &QueryBox::enable);
    connect(&m_session, &session::Session::linkChanged, this, &QueryBox::enable);
    enable();
}

void QueryBox::choose(const QString &database, const QString &access)
{
    if (database == m_database && access == m_access)
        return;
    if (database != m_database) {
        m_mayWrite->setChecked(false);
        m_place->setCurrentIndex(0); // the rows are those of another database
        m_outcome->clear();
    }
    m_database = database;
    m_access = access;
    enable();
}

void QueryBox::enable()
{
    const bool allowed = m_access == QLatin1String("read") || m_access == QLatin1String("write");
    const bool canWrite = m_access == QLatin1String("write");
    m_title->setText(m_database.isEmpty() ? tr("No database is selected")
                     : !allowed           ? tr("%1 takes no queries: its setting `console` says none").arg(m_database)
                                          : tr("Query %1").arg(m_database));
    m_sql->setEnabled(allowed);
    m_mayWrite->setEnabled(canWrite);
    if (!canWrite)
        m_mayWrite->setChecked(false);
    m_run->setEnabled(allowed && !m_running && !m_sql->document()->isEmpty() &&
                      m_session.link().state == session::LinkState::live);
}

void QueryBox::run()
{
    if (!m_run->isEnabled())
        return;
    rpc::QueryDatabase query;
    query.database = m_database.toStdString();
    query.sql = m_sql->toPlainText().toStdString();
    query.write = m_mayWrite->isChecked();
    m_running = true;
    enable();
    m_outcome->waitFor(tr("Running…"));
    m_session.client().call(
        query, this, [this, asked = m_database](Result<rpc::QueryResult> result) { take(asked, std::move(result)); });
}

void QueryBox::take(const QString &asked, Result<rpc::QueryResult> result)
{
    m_running = false;
    enable();
    const bool isOfAnother = asked != m_database;
    if (!result)
        return m_outcome->failed(isOfAnother ? tr("The statement on %1 failed").arg(asked) : tr("The statement failed"),
                                 result.error());
    if (isOfAnother)
        return m_outcome->done(tr("The statement on %1 is done").arg(asked));
    m_header->clear(); // as the database tells them
    m_rows.show(std::move(*result));
    m_place->setCurrentIndex(m_rows.columnCount() > 0 ? 1 : 0);
    m_outcome->done(m_rows.summary());
    m_table->resizeColumnsToContents();
    for (int i = 0; i < m_rows.columnCount(); ++i)
        m_table->setColumnWidth(i, std::min(m_table->columnWidth(i) + 2 * kUnit, kWidestColumn));
}

} // namespace mainstay::pages
