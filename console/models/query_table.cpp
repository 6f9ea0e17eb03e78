// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/query_table.h"

#include <utility>

namespace mainstay::models {

void QueryTable::show(rpc::QueryResult result)
{
    beginResetModel();
    m_result = std::move(result);
    endResetModel();
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
        return value ? QString::fromStdString(*value).replace(QLatin1Char('\n'), QChar(0x2424)) : tr("NULL");
    case Qt::ToolTipRole:
        return value ? QString::fromStdString(*value) : tr("NULL");
    case kNullRole:
        return !value;
    default:
        return {};
    }
}

QVariant QueryTable::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (role == Qt::TextAlignmentRole && orientation == Qt::Horizontal)
        return QVariant::fromValue<int>(Qt::AlignLeft | Qt::AlignVCenter);
    if (role != Qt::DisplayRole)
        return {};
    if (orientation == Qt::Vertical)
        return section + 1;
    return QString::fromStdString(m_result.columns[static_cast<std::size_t>(section)]);
}

} // namespace mainstay::models
