// SPDX-License-Identifier: GPL-3.0-or-later
// A header whose sign of sorting stands above the title, and takes no room from it.
#pragma once

#include <QHeaderView>

namespace mainstay::pages {

// Interface thread. A click sorts by that column, a second one the other way round, and a third not any more. Rows
// stand in their own order at first. Give it to a view, then turn that view's sorting on.
class SortHeader : public QHeaderView {
    Q_OBJECT

public:
    explicit SortHeader(QWidget *parent = nullptr);

    void clear() { setSortIndicator(-1, Qt::AscendingOrder); }

protected:
    void paintSection(QPainter *painter, const QRect &rect, int section) const override;
};

} // namespace mainstay::pages
