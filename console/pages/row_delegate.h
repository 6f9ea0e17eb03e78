// SPDX-License-Identifier: GPL-3.0-or-later
// Draws a cell by its tone.
#pragma once

#include <QStyledItemDelegate>

namespace mainstay::pages {

class RowDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    using QStyledItemDelegate::QStyledItemDelegate;

    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem &option, const QModelIndex &index) const override;

protected:
    void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override;
};

} // namespace mainstay::pages
