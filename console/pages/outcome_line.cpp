// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/outcome_line.h"

#include "look/colours.h"
#include "look/icons.h"
#include "look/spacing.h"

#include <QEvent>
#include <QHBoxLayout>

namespace mainstay::pages {

OutcomeLine::OutcomeLine(QWidget *parent) : QWidget(parent), m_sign(new QLabel), m_text(new QLabel)
{
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(look::kUnit);
    layout->addWidget(m_sign, 0, Qt::AlignTop);
    layout->addWidget(m_text, 1);
    m_text->setWordWrap(true);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    hide();
}

void OutcomeLine::failed(const QString &what, const Error &why)
{
    say(models::Tone::bad, tr("%1: %2").arg(what, QString::fromStdString(why.text())));
}

void OutcomeLine::say(models::Tone tone, const QString &text)
{
    m_tone = tone;
    m_text->setText(text);
    colourIn();
    show();
}

void OutcomeLine::colourIn()
{
    if (const QString sign = look::signOf(m_tone); !sign.isEmpty())
        m_sign->setPixmap(
            look::tinted(sign, look::coloursOf(palette()).of(m_tone), look::kIconSize, devicePixelRatioF()));
}

void OutcomeLine::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        colourIn();
}

} // namespace mainstay::pages
