// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/log_view.h"

#include "look/fonts.h"
#include "look/spacing.h"

#include <QHBoxLayout>
#include <QScrollBar>
#include <QVBoxLayout>

namespace mainstay::pages {
namespace {

constexpr std::uint32_t kFirstLines = 200;
constexpr Milliseconds kFlushAfter{50};

} // namespace

LogView::LogView(session::Session &session, QWidget *parent)
    : QWidget(parent), m_session(session), m_title(new QLabel), m_note(new QLabel), m_view(new QListView)
{
    m_title->setFont(look::strongFont());
    m_note->setProperty("look", QStringLiteral("muted"));
    m_view->setProperty("look", QStringLiteral("mono"));
    m_view->setFont(look::monoFont());
    m_view->setModel(&m_lines);
    m_view->setUniformItemSizes(true);
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_view->setMinimumHeight(10 * look::kUnit);
    auto *head = new QHBoxLayout;
    head->addWidget(m_title);
    head->addStretch();
    head->addWidget(m_note);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(look::kUnit);
    layout->addLayout(head);
    layout->addWidget(m_view, 1);
    m_flush.setSingleShot(true);
    m_flush.setInterval(kFlushAfter);
    connect(&m_flush, &QTimer::timeout, this, &LogView::flush);
    // A lost connection ends the stream.
    connect(&m_session, &session::Session::linkChanged, this, [this](const session::Link &link) {
        if (link.state == session::LinkState::live && !m_stream)
            open();
    });
}

void LogView::follow(const QString &app)
{
    if (app == m_app)
        return;
    close();
    m_app = app;
    m_title->setText(app.isEmpty() ? QString() : tr("Output of %1").arg(app));
    open();
}

void LogView::open()
{
    if (m_app.isEmpty() || !isVisible() || m_stream)
        return;
    m_lines.clear();
    m_note->setText(tr("Waiting for the service…"));
    rpc::TailLog tail;
    tail.source = rpc::LogSource::app;
    tail.app = m_app.toStdString();
    tail.lines = kFirstLines;
    tail.follow = true;
    m_flush.start();
    m_stream = m_session.client().subscribe(
        tail, this,
        [this](const rpc::LogLine &line) {
            m_lines.add(line);
            if (!m_flush.isActive())
                m_flush.start();
        },
        [this](const Result<> &why) {
            m_stream.reset();
            m_note->setText(why ? tr("The log has ended.") : QString::fromStdString(why.error().text()));
        });
}

void LogView::close()
{
    if (m_stream)
        m_session.client().unsubscribe(*m_stream);
    m_stream.reset();
    m_lines.clear();
    m_note->clear();
}

void LogView::flush()
{
    const QScrollBar *bar = m_view->verticalScrollBar();
    const bool atEnd = bar->value() == bar->maximum();
    m_lines.flush();
    if (m_stream)
        m_note->setText(m_lines.rowCount() == 0 ? tr("Nothing printed yet") : tr("Following"));
    if (atEnd)
        m_view->scrollToBottom();
}

void LogView::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    open();
}

void LogView::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    close();
}

} // namespace mainstay::pages
