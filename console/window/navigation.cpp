// SPDX-License-Identifier: GPL-3.0-or-later
#include "window/navigation.h"

#include "look/icons.h"
#include "look/spacing.h"

namespace mainstay::window {

using look::kUnit;

Navigation::Navigation(QWidget *parent) : QListWidget(parent)
{
    setProperty("look", QStringLiteral("navigation"));
    setIconSize({kUnit * 5 / 2, kUnit * 5 / 2});
    setFixedWidth(22 * kUnit);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAccessibleName(tr("Pages"));
}

void Navigation::add(const pages::Page &page)
{
    auto *item = new QListWidgetItem(look::icon(page.iconName()), page.title(), this);
    item->setToolTip(tr("%1 (Ctrl+%2)").arg(page.title()).arg(count()));
}

} // namespace mainstay::window
