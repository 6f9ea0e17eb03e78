// SPDX-License-Identifier: GPL-3.0-or-later
#include "window/banner.h"

#include "look/colours.h"
#include "look/fonts.h"
#include "look/icons.h"
#include "look/spacing.h"

#include <QDateTime>
#include <QEvent>
#include <QHBoxLayout>
#include <QPushButton>

namespace mainstay::window {

using look::kUnit;
using session::LinkState;

namespace {

QString capitalised(const std::string &text)
{
    QString result = QString::fromStdString(text);
    if (!result.isEmpty())
        result[0] = result[0].toUpper();
    return result;
}

QString timeText(WallTime time)
{
    const auto milliseconds = std::chrono::duration_cast<Milliseconds>(time.time_since_epoch()).count();
    return QDateTime::fromMSecsSinceEpoch(milliseconds).toString(QStringLiteral("HH:mm:ss"));
}

} // namespace

Banner::Banner(QWidget *parent)
    : QFrame(parent), m_sign(new QLabel), m_headline(new QLabel), m_remedy(new QLabel),
      m_retry(new QPushButton(tr("Try &again")))
{
    setProperty("look", QStringLiteral("banner"));
    auto *texts = new QVBoxLayout;
    texts->setSpacing(0);
    texts->addWidget(m_headline);
    texts->addWidget(m_remedy);
    for (QLabel *label : {m_headline, m_remedy}) {
        label->setWordWrap(true);
        label->setTextFormat(Qt::PlainText);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    m_headline->setFont(look::strongFont());
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(3 * kUnit, kUnit, 3 * kUnit, kUnit);
    layout->setSpacing(2 * kUnit);
    layout->addWidget(m_sign);
    layout->addLayout(texts, 1);
    layout->addWidget(m_retry);
    connect(m_retry, &QPushButton::clicked, this, &Banner::retryWanted);
    hide();
}

void Banner::show(const session::Link &link)
{
    m_state = link.state;
    setVisible(m_state != LinkState::live && m_state != LinkState::connecting);
    m_headline->setText(capitalised(link.why.message));
    QString remedy = capitalised(link.why.remedy);
    if (m_state == LinkState::away)
        remedy += (remedy.isEmpty() ? QString() : QStringLiteral(". ")) + tr("The console tries again by itself.");
    if (link.lastSeen)
        remedy += QLatin1Char(' ') + tr("What is shown is of %1.").arg(timeText(*link.lastSeen));
    m_remedy->setText(remedy);
    colourIn();
}

void Banner::colourIn()
{
    const QString sign = m_state == LinkState::refused ? QStringLiteral("refused")
                         : m_state == LinkState::away  ? QStringLiteral("away")
                                                       : QStringLiteral("waiting");
    m_sign->setPixmap(look::tinted(sign, look::coloursOf(palette()).warning, 3 * kUnit, devicePixelRatioF()));
}

void Banner::changeEvent(QEvent *event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        colourIn();
}

} // namespace mainstay::window
