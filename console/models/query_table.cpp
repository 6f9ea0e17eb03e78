// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/query_table.h"

#include "models/row_model.h"
#include "models/sorted_rows.h"
#include "models/words.h"

#include <utility>

namespace mainstay::models {
namespace {

// Values come as texts; those that are numbers go by their size.
QVariant sortValue(const QString &value)
{
    bool isNumber = false;
    const double number = value.toDouble(&isNumber);
    return isNumber ? QVariant(number) : QVariant(value);
}

// As a cell shows it: more than this is wider than any cell, and costs the time to lay it out.
QString inOneLine(QString value)
{
    constexpr qsizetype kMostShown = 300;
    if (value.size() > kMostShown) {
        value.truncate(kMostShown);
        value += QChar(0x2026);
    }
    return value.replace(QLatin1Char('\n'), QChar(0x2424));
}

} // namespace

void QueryTable::show(rpc::QueryResult result)
{
    beginResetModel();
    m_result = std::move(result);
    m_numeric.clear();
    for (std::size_t i = 0; i < m_result.columns.size(); ++i)
        m_numeric.push_back(isOfNumbers(i));
    endResetModel();
}

bool QueryTable::isOfNumbers(std::size_t column) const
{
    bool some = false;
    for (const rpc::QueryRow &row : m_result.rows) {
        if (column >= row.values.size() || !row.values[column])
            continue;
        some = true;
        if (sortValue(QString::fromStdString(*row.values[column])).typeId() != QMetaType::Double)
            return false;
    }
    return some;
}

QString QueryTable::summary() const
{
    const auto spent = static_cast<qlonglong>(m_result.spent.count());
    if (m_result.columns.empty())
        return tr("Done in %1 ms. Rows changed: %2.").arg(spent).arg(m_result.affected.value_or(0));
    const QString rows = tr("Rows: %1, in %2 ms.").arg(rowCount()).arg(spent);
    return m_result.truncated ? rows + QLatin1Char(' ') + tr("There is more than is shown.") : rows;
}

int QueryTable::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_result.rows.size());
}

int QueryTable::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_result.columns.size());
}

QVariant QueryTable::data(const QModelIndex &index, int role) const
{
    if (!index.isValid())
        return {};
    const auto &values = m_result.rows[static_cast<std::size_t>(index.row())].values;
    const auto column = static_cast<std::size_t>(index.column());
    if (column >= values.size())
        return {};
    const auto &value = values[column];
    switch (role) {
    case Qt::DisplayRole:
        return value ? inOneLine(QString::fromStdString(*value)) : tr("NULL");
    case Qt::ToolTipRole:
        return value ? toolTipOf(QString::fromStdString(*value)) : tr("NULL");
    case Qt::TextAlignmentRole:
        return headerData(index.column(), Qt::Horizontal, role);
    case RowModel::kToneRole:
        return QVariant::fromValue(value ? Tone::plain : Tone::faint);
    case kNullRole:
        return !value;
    case SortedRows::kSortRole:
        return value ? sortValue(QString::fromStdString(*value)) : QVariant();
    default:
        return {};
    }
}

QVariant QueryTable::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (role == Qt::TextAlignmentRole && orientation == Qt::Horizontal)
        return QVariant::fromValue<int>(
            (m_numeric[static_cast<std::size_t>(section)] ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    if (orientation == Qt::Vertical)
        return section + 1;
    return QString::fromStdString(m_result.columns[static_cast<std::size_t>(section)]);
}

} // namespace mainstay::models
