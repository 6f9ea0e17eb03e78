// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/row_view.h"

#include "look/spacing.h"
#include "pages/row_delegate.h"

#include <QEvent>
#include <QHeaderView>

#include <algorithm>

namespace mainstay::pages {
namespace {

// The narrowest that the column which takes what is left may become.
constexpr int kLeastStretch = 16 * look::kUnit;

} // namespace

RowView::RowView(models::RowModel &model, QWidget *parent) : QTreeView(parent), m_model(model)
{
    setModel(&model);
    setItemDelegate(new RowDelegate(this));
    setUniformRowHeights(true);
    setAllColumnsShowFocus(true);
    setSelectionBehavior(SelectRows);
    setEditTriggers(NoEditTriggers);
    setIndentation(2 * look::kUnit);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollMode(ScrollPerPixel);
    setTextElideMode(Qt::ElideRight);
    header()->setStretchLastSection(false);
    header()->setSectionsMovable(false);
    header()->setHighlightSections(false);
    header()->setMinimumSectionSize(4 * look::kUnit);
    connect(&model, &QAbstractItemModel::rowsInserted, this, [this](const QModelIndex &parentRow) {
        if (parentRow.isValid())
            expand(parentRow);
        else
            expandToDepth(0);
        selectFirst();
    });
    connect(&model, &QAbstractItemModel::modelReset, this, [this] {
        expandToDepth(0);
        selectFirst();
    });
    expandToDepth(0);
    selectFirst();
    layColumns();
}

void RowView::selectFirst()
{
    if (currentIndex().isValid() || m_model.rowCount() == 0)
        return;
    const QModelIndex first = m_model.index(0, 0);
    setCurrentIndex(m_model.rowCount(first) > 0 ? m_model.index(0, 0, first) : first);
}

void RowView::layColumns()
{
    const std::vector<models::Column> &columns = m_model.columns();
    int taken = 0;
    int stretching = -1;
    for (int i = 0; i < static_cast<int>(columns.size()); ++i) {
        const models::Column &column = columns[static_cast<std::size_t>(i)];
        const QFontMetrics metrics(font());
        int width = std::max(metrics.horizontalAdvance(column.title), metrics.horizontalAdvance(column.sample)) +
                    5 * look::kUnit / 2;
        if (i == 0)
            width += 2 * indentation();
        if (column.stretches)
            stretching = i;
        else
            taken += width;
        header()->resizeSection(i, width);
    }
    if (stretching >= 0)
        header()->resizeSection(stretching, std::max(kLeastStretch, viewport()->width() - taken));
}

void RowView::resizeEvent(QResizeEvent *event)
{
    QTreeView::resizeEvent(event);
    layColumns();
}

void RowView::changeEvent(QEvent *event)
{
    QTreeView::changeEvent(event);
    if (event->type() == QEvent::FontChange)
        layColumns();
}

} // namespace mainstay::pages
