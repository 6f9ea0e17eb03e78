// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/page.h"

#include "look/colours.h"
#include "look/fonts.h"
#include "look/icons.h"
#include "look/spacing.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QShortcut>
#include <QStackedLayout>

namespace mainstay::pages {

using look::kUnit;

Page::Page(const QString &title, const QString &icon, const Emptiness &emptiness, QWidget *parent)
    : QWidget(parent), m_icon(icon), m_title(new QLabel(title)), m_summary(new QLabel), m_heading(new QHBoxLayout),
      m_content(new QVBoxLayout), m_stack(new QStackedLayout), m_picture(new QLabel),
      m_headline(new QLabel(emptiness.headline))
{
    m_title->setFont(look::titleFont());
    m_summary->setProperty("look", QStringLiteral("muted"));
    m_summary->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_heading->setSpacing(kUnit);
    m_heading->addWidget(m_title);
    m_heading->addSpacing(kUnit);
    m_heading->addWidget(m_summary, 1);

    auto *full = new QWidget;
    full->setLayout(m_content);
    m_content->setContentsMargins(0, 0, 0, 0);
    m_content->setSpacing(2 * kUnit);
    m_stack->addWidget(full);
    m_stack->addWidget(emptyPlace(emptiness));

    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(3 * kUnit, 2 * kUnit, 3 * kUnit, 2 * kUnit);
    layout->setSpacing(2 * kUnit);
    layout->addLayout(m_heading);
    layout->addLayout(m_stack, 1);
    // As high with buttons as without: titles do not jump from page to page.
    m_title->setMinimumHeight(kUnit * 4);
}

void Page::setSummary(const QString &summary)
{
    m_summary->setText(summary);
    m_summary->setToolTip(summary);
}

void Page::setEmpty(bool empty)
{
    m_stack->setCurrentIndex(empty ? 1 : 0);
}

QPushButton *Page::addButton(const QString &text, const QString &icon, const QString &toolTip, const QKeySequence &key)
{
    auto *button = new QPushButton(look::icon(icon), text);
    button->setToolTip(tr("%1 (%2)").arg(toolTip, key.toString(QKeySequence::NativeText)));
    // Not the button's own, which would take the place of the key marked in its text.
    connect(new QShortcut(key, this), &QShortcut::activated, button, [button] { button->click(); });
    m_heading->addWidget(button);
    return button;
}

QWidget *Page::emptyPlace(const Emptiness &emptiness)
{
    auto *place = new QWidget;
    auto *layout = new QVBoxLayout(place);
    layout->setSpacing(kUnit);
    m_picture->setAlignment(Qt::AlignCenter);
    m_headline->setAlignment(Qt::AlignCenter);
    m_headline->setFont(look::figureFont());
    auto *hint = new QLabel(emptiness.hint);
    hint->setProperty("look", QStringLiteral("muted"));
    hint->setAlignment(Qt::AlignCenter);
    hint->setTextInteractionFlags(Qt::TextSelectableByMouse);
    hint->setWordWrap(true);
    layout->addStretch(2);
    layout->addWidget(m_picture);
    layout->addWidget(m_headline);
    layout->addWidget(hint);
    layout->addStretch(3);
    m_picture->setPixmap(look::tinted(m_icon, look::coloursOf(palette()).muted, 6 * kUnit, devicePixelRatioF()));
    return place;
}

void Page::changeEvent(QEvent *event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        m_picture->setPixmap(look::tinted(m_icon, look::coloursOf(palette()).muted, 6 * kUnit, devicePixelRatioF()));
}

} // namespace mainstay::pages
