// SPDX-License-Identifier: GPL-3.0-or-later
#include "window/status_line.h"

#include "look/colours.h"
#include "look/icons.h"
#include "look/spacing.h"
#include "models/problem_rows.h"
#include "models/words.h"

#include <QEvent>

namespace mainstay::window {

using look::kUnit;
using models::Tone;
using session::LinkState;

namespace {

Tone toneOf(LinkState state)
{
    switch (state) {
    case LinkState::live:
        return Tone::good;
    case LinkState::connecting:
        return Tone::waiting;
    case LinkState::stalled:
    case LinkState::away:
    case LinkState::refused:
        break;
    }
    return Tone::warning;
}

} // namespace

StatusLine::StatusLine(const session::Session &session, const models::Inventory &inventory, QWidget *parent)
    : QStatusBar(parent), m_session(session), m_inventory(inventory), m_sign(new QLabel), m_service(new QLabel),
      m_revision(new QLabel), m_problems(new QPushButton)
{
    setSizeGripEnabled(false);
    setContentsMargins(2 * kUnit, kUnit / 2, 2 * kUnit, kUnit / 2);
    addWidget(m_sign);
    addWidget(m_service, 1);
    addPermanentWidget(m_revision);
    addPermanentWidget(m_problems);
    m_problems->setProperty("look", QStringLiteral("flat"));
    m_problems->setToolTip(tr("What is wrong, where, and what to do about it"));
    m_revision->setToolTip(tr("Revision of the configuration that runs"));
    connect(&m_session, &session::Session::linkChanged, this, &StatusLine::update);
    connect(&m_inventory, &models::Inventory::updated, this, &StatusLine::update);
    update();
}

void StatusLine::update()
{
    showService();
    const auto &status = m_inventory.status();
    m_revision->setVisible(status.has_value());
    m_problems->setVisible(status.has_value());
    if (!status)
        return;
    m_revision->setText(tr("Revision %1").arg(status->revision));
    const std::vector<models::Row> &problems = m_inventory.problems.rows();
    const Tone tone = problems.empty() ? Tone::good : models::isBad(problems) ? Tone::bad : Tone::warning;
    m_problems->setText(problems.empty()       ? tr("No &problems")
                        : problems.size() == 1 ? tr("1 &problem")
                                               : tr("%1 &problems").arg(problems.size()));
    m_problems->setIcon(look::icon(look::signOf(tone), tone));
}

void StatusLine::showService()
{
    const session::Link &link = m_session.link();
    Tone tone = toneOf(link.state);
    const QString place = m_session.socketPath();
    QString text;
    switch (link.state) {
    case LinkState::connecting:
        text = tr("Connecting to %1…").arg(place);
        break;
    case LinkState::live:
        if (const auto &status = m_inventory.status()) {
            tone = models::toneOf(status->state);
            text =
                tr("%1 · Mainstay %2 · up %3")
                    .arg(models::label(status->state), models::text(status->version), models::spanText(status->uptime));
        } else {
            text = tr("Connected");
        }
        break;
    case LinkState::stalled:
        text = tr("Connected, without an answer");
        break;
    case LinkState::away:
        text = tr("No service at %1").arg(place);
        break;
    case LinkState::refused:
        text = tr("Connected, and refused");
        break;
    }
    m_service->setText(text);
    m_service->setToolTip(place);
    m_sign->setPixmap(
        look::tinted(look::signOf(tone), look::coloursOf(palette()).of(tone), look::kIconSize, devicePixelRatioF()));
}

void StatusLine::changeEvent(QEvent *event)
{
    QStatusBar::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        showService();
}

} // namespace mainstay::window
