// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/sort_header.h"

#include "look/colours.h"
#include "look/icons.h"
#include "look/spacing.h"

#include <QPainter>

namespace mainstay::pages {

SortHeader::SortHeader(QWidget *parent) : QHeaderView(Qt::Horizontal, parent)
{
    setSectionsClickable(true);
    setSectionsMovable(false);
    setHighlightSections(false);
    setSortIndicatorClearable(true);
    clear();
}

void SortHeader::paintSection(QPainter *painter, const QRect &rect, int section) const
{
    painter->save();
    QHeaderView::paintSection(painter, rect, section);
    painter->restore();
    if (section != sortIndicatorSection())
        return;
    const QString sign =
        sortIndicatorOrder() == Qt::AscendingOrder ? QStringLiteral("ascending") : QStringLiteral("descending");
    const int size = look::kUnit * 3 / 2;
    painter->drawPixmap(rect.center().x() - size / 2, rect.top(),
                        look::tinted(sign, look::coloursOf(palette()).accent, size, devicePixelRatioF()));
}

} // namespace mainstay::pages
