// SPDX-License-Identifier: GPL-3.0-or-later
// A table, or a tree of two levels, with widths that suit its columns and a sign beside what is well or not.
#pragma once

#include "models/row_model.h"

#include <QTreeView>

namespace mainstay::pages {

// Interface thread. Groups stand open when they come, and one row is always selected, so that the keyboard has a place
// to begin.
class RowView : public QTreeView {
    Q_OBJECT

public:
    // `model` outlives it.
    explicit RowView(models::RowModel &model, QWidget *parent = nullptr);

protected:
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void layColumns();
    void selectFirst();

    models::RowModel &m_model;
};

} // namespace mainstay::pages
