// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/row_model.h"

#include "models/sorted_rows.h"
#include "models/words.h"

#include <QSet>

#include <algorithm>
#include <iterator>
#include <utility>

namespace mainstay::models {
namespace {

// Whether the rows of `shown` all occur in `next`, in that order: then insertions alone lead from one to the other.
bool isInOrder(const std::vector<Row> &shown, const std::vector<Row> &next)
{
    auto at = next.begin();
    for (const Row &row : shown) {
        at = std::find_if(at, next.end(), [&](const Row &each) { return each.key == row.key; });
        if (at == next.end())
            return false;
        ++at;
    }
    return true;
}

} // namespace

RowModel::RowModel(std::vector<Column> columns, QObject *parent)
    : QAbstractItemModel(parent), m_columns(std::move(columns))
{}

void RowModel::show(std::vector<Row> rows)
{
    exchange(std::move(rows));
    Q_EMIT shown();
}

void RowModel::exchange(std::vector<Row> rows)
{
    if (!isInOrder(m_rows, rows))
        removeGone(m_rows, rows, {});
    if (isInOrder(m_rows, rows))
        return merge(m_rows, std::move(rows), {});
    beginResetModel();
    m_rows = std::move(rows);
    m_numbers.clear();
    for (std::size_t i = 0; i < m_rows.size(); ++i)
        m_numbers.push_back(++m_lastNumber);
    endResetModel();
}

void RowModel::removeGone(std::vector<Row> &shown, const std::vector<Row> &next, const QModelIndex &parent)
{
    QSet<QString> kept;
    for (const Row &row : next)
        kept.insert(row.key);
    for (int i = static_cast<int>(shown.size()) - 1; i >= 0; --i) {
        if (kept.contains(shown[static_cast<std::size_t>(i)].key))
            continue;
        beginRemoveRows(parent, i, i);
        shown.erase(shown.begin() + i);
        if (!parent.isValid())
            m_numbers.erase(m_numbers.begin() + i);
        endRemoveRows();
    }
}

void RowModel::merge(std::vector<Row> &shown, std::vector<Row> next, const QModelIndex &parent)
{
    for (int i = 0; i < static_cast<int>(next.size()); ++i) {
        const auto at = static_cast<std::size_t>(i);
        if (at < shown.size() && shown[at].key == next[at].key) {
            change(shown[at], std::move(next[at]), parent, i);
            continue;
        }
        beginInsertRows(parent, i, i);
        shown.insert(shown.begin() + i, std::move(next[at]));
        if (!parent.isValid())
            m_numbers.insert(m_numbers.begin() + i, ++m_lastNumber);
        endInsertRows();
    }
}

void RowModel::change(Row &shown, Row next, const QModelIndex &parent, int position)
{
    const QModelIndex first = index(position, 0, parent);
    std::vector<Row> children = std::exchange(next.children, {});
    if (shown.cells != next.cells) {
        shown.cells = std::move(next.cells);
        Q_EMIT dataChanged(first, index(position, columnCount() - 1, parent));
    }
    if (!isInOrder(shown.children, children))
        removeGone(shown.children, children, first);
    if (!isInOrder(shown.children, children))
        removeGone(shown.children, {}, first); // in another order: all anew
    merge(shown.children, std::move(children), first);
}

QString RowModel::keyOf(const QModelIndex &index) const
{
    const Row *row = rowAt(index);
    return row == nullptr ? QString() : row->key;
}

QString RowModel::parentKeyOf(const QModelIndex &index) const
{
    return keyOf(index.parent());
}

QModelIndex RowModel::index(int row, int column, const QModelIndex &parent) const
{
    if (row < 0 || column < 0 || column >= columnCount() || row >= rowCount(parent))
        return {};
    return createIndex(row, column, parent.isValid() ? m_numbers[static_cast<std::size_t>(parent.row())] : 0);
}

QModelIndex RowModel::parent(const QModelIndex &index) const
{
    if (!index.isValid() || index.internalId() == 0)
        return {};
    const int position = positionOf(index.internalId());
    return position < 0 ? QModelIndex() : createIndex(position, 0, quintptr(0));
}

int RowModel::rowCount(const QModelIndex &parent) const
{
    if (!parent.isValid())
        return static_cast<int>(m_rows.size());
    if (parent.internalId() != 0 || parent.column() != 0)
        return 0;
    return static_cast<int>(m_rows[static_cast<std::size_t>(parent.row())].children.size());
}

int RowModel::columnCount(const QModelIndex &) const
{
    return static_cast<int>(m_columns.size());
}

QVariant RowModel::data(const QModelIndex &index, int role) const
{
    const Row *row = rowAt(index);
    if (role == Qt::TextAlignmentRole)
        return headerData(index.column(), Qt::Horizontal, role);
    if (row == nullptr || static_cast<std::size_t>(index.column()) >= row->cells.size())
        return {};
    const Cell &cell = row->cells[static_cast<std::size_t>(index.column())];
    switch (role) {
    case Qt::DisplayRole:
        return cell.text;
    case Qt::ToolTipRole:
        return toolTipOf(cell.toolTip.isEmpty() ? cell.text : cell.toolTip);
    case kToneRole:
        return QVariant::fromValue(cell.tone);
    case SortedRows::kSortRole:
        return cell.value ? QVariant(*cell.value) : QVariant(cell.text);
    default:
        return {};
    }
}

QVariant RowModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount())
        return {};
    const Column &column = m_columns[static_cast<std::size_t>(section)];
    if (role == Qt::DisplayRole)
        return column.title;
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue<int>((column.align == Align::right ? Qt::AlignRight : Qt::AlignLeft) |
                                        Qt::AlignVCenter);
    return {};
}

const Row *RowModel::rowAt(const QModelIndex &index) const
{
    if (!index.isValid())
        return nullptr;
    const auto at = static_cast<std::size_t>(index.row());
    if (index.internalId() == 0)
        return at < m_rows.size() ? &m_rows[at] : nullptr;
    const int above = positionOf(index.internalId());
    if (above < 0)
        return nullptr;
    const std::vector<Row> &children = m_rows[static_cast<std::size_t>(above)].children;
    return at < children.size() ? &children[at] : nullptr;
}

int RowModel::positionOf(quintptr number) const
{
    const auto found = std::find(m_numbers.begin(), m_numbers.end(), number);
    return found == m_numbers.end() ? -1 : static_cast<int>(std::distance(m_numbers.begin(), found));
}

} // namespace mainstay::models
