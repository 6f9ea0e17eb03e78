// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/row_delegate.h"

#include "look/colours.h"
#include "look/icons.h"
#include "look/spacing.h"
#include "models/row_model.h"

namespace mainstay::pages {

QSize RowDelegate::sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    return {QStyledItemDelegate::sizeHint(option, index).width(), look::kRowHeight};
}

void RowDelegate::initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const
{
    QStyledItemDelegate::initStyleOption(option, index);
    const auto tone = index.data(models::RowModel::kToneRole).value<models::Tone>();
    option->state &= ~QStyle::State_HasFocus; // the whole row is selected, no cell of it
    if (tone == models::Tone::strong)
        option->font.setWeight(QFont::DemiBold);
    if (tone == models::Tone::faint) {
        const QColor muted = look::coloursOf(option->palette).muted;
        option->palette.setColor(QPalette::Text, muted);
        option->palette.setColor(QPalette::HighlightedText, muted);
    }
    const QString sign = look::signOf(tone);
    if (sign.isEmpty())
        return;
    const bool right = option->displayAlignment & Qt::AlignRight;
    if (right) { // a figure keeps its place and is coloured instead
        option->palette.setColor(QPalette::Text, look::coloursOf(option->palette).of(tone));
        return;
    }
    option->features |= QStyleOptionViewItem::HasDecoration;
    option->icon = look::icon(sign, tone);
    option->decorationSize = {look::kIconSize, look::kIconSize};
}

} // namespace mainstay::pages
