// SPDX-License-Identifier: GPL-3.0-or-later
// A table, or a tree of two levels, with widths that suit its columns and a sign beside what is well or not.
#pragma once

#include "models/row_model.h"
#include "models/sorted_rows.h"

#include <QTreeView>

namespace mainstay::pages {

// Interface thread. Groups stand open when they come, and one row is always selected, so that the keyboard has a place
// to begin. A click on a header sorts by that column, a second one the other way round, and a third not any more.
class RowView : public QTreeView {
    Q_OBJECT

public:
    // `model` outlives it.
    explicit RowView(models::RowModel &model, QWidget *parent = nullptr);

    // A table, whose rows have none below them.
    void setFlat();

    // Of the model's rows, whatever order they are shown in.
    [[nodiscard]] QModelIndex currentRow() const { return m_sorted.mapToSource(currentIndex()); }
    [[nodiscard]] QModelIndexList selectedRows() const;
    // The key of the current row, or of the one above it; empty for none.
    [[nodiscard]] QString currentGroup() const;

protected:
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    [[nodiscard]] int widthOf(int column) const;
    void layColumns();
    void selectFirst();

    models::RowModel &m_model;
    models::SortedRows m_sorted;
};

} // namespace mainstay::pages
