// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/row_view.h"

#include "look/spacing.h"
#include "pages/row_delegate.h"
#include "pages/sort_header.h"

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
    m_sorted.setSourceModel(&model);
    connect(&model, &models::RowModel::shown, &m_sorted, &models::SortedRows::sortAgain);
    setModel(&m_sorted);
    setHeader(new SortHeader(this));
    setSortingEnabled(true);
    setItemDelegate(new RowDelegate(this));
    setProperty("look", QStringLiteral("tree"));
    setUniformRowHeights(true);
    setSelectionBehavior(SelectRows);
    setEditTriggers(NoEditTriggers);
    setIndentation(2 * look::kUnit);
    setVerticalScrollMode(ScrollPerPixel);
    setHorizontalScrollMode(ScrollPerPixel);
    setTextElideMode(Qt::ElideRight);
    header()->setStretchLastSection(false);
    header()->setMinimumSectionSize(4 * look::kUnit);
    connect(&m_sorted, &QAbstractItemModel::rowsInserted, this, [this](const QModelIndex &parentRow) {
        if (parentRow.isValid())
            expand(parentRow);
        else
            expandToDepth(0);
        selectFirst();
    });
    connect(&m_sorted, &QAbstractItemModel::modelReset, this, [this] {
        expandToDepth(0);
        selectFirst();
    });
    expandToDepth(0);
    selectFirst();
    layColumns();
}

void RowView::setFlat()
{
    setRootIsDecorated(false);
    setProperty("look", {});
}

void RowView::selectFirst()
{
    if (currentIndex().isValid() || m_sorted.rowCount() == 0)
        return;
    const QModelIndex first = m_sorted.index(0, 0);
    setCurrentIndex(m_sorted.rowCount(first) > 0 ? m_sorted.index(0, 0, first) : first);
}

QModelIndexList RowView::selectedRows() const
{
    QModelIndexList rows;
    for (const QModelIndex &row : selectionModel()->selectedRows())
        rows << m_sorted.mapToSource(row);
    return rows;
}

QString RowView::currentGroup() const
{
    const QModelIndex current = currentRow();
    return current.parent().isValid() ? m_model.parentKeyOf(current) : m_model.keyOf(current);
}

int RowView::widthOf(int column) const
{
    const models::Column &each = m_model.columns()[static_cast<std::size_t>(column)];
    if (each.stretches)
        return kLeastStretch;
    const QFontMetrics metrics(font());
    const int text = std::max(metrics.horizontalAdvance(each.title), metrics.horizontalAdvance(each.sample));
    return text + 5 * look::kUnit / 2 + (each.sample.contains(QChar(0x2B24)) ? look::kUnit : 0) +
           (column == 0 ? 2 * indentation() : 0);
}

void RowView::layColumns()
{
    const std::vector<models::Column> &columns = m_model.columns();
    const int count = static_cast<int>(columns.size());
    int spare = viewport()->width();
    for (int i = 0; i < count; ++i)
        spare -= widthOf(i);
    // From the right: what stands there is the least needed.
    for (int i = count - 1; i >= 0; --i) {
        const bool hidden = spare < 0 && columns[static_cast<std::size_t>(i)].dispensable;
        if (hidden)
            spare += widthOf(i);
        setColumnHidden(i, hidden);
    }
    for (int i = 0; i < count; ++i)
        header()->resizeSection(i,
                                widthOf(i) + (columns[static_cast<std::size_t>(i)].stretches ? std::max(spare, 0) : 0));
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
