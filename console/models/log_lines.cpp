// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/log_lines.h"

#include "base/printable.h"
#include "models/words.h"

#include <QDateTime>

#include <algorithm>

namespace mainstay::models {
namespace {

QString lineText(const rpc::LogLine &line)
{
    const QString text = QString::fromStdString(printable(line.text));
    if (!line.time)
        return text;
    const auto milliseconds = std::chrono::duration_cast<Milliseconds>(line.time->time_since_epoch()).count();
    return QDateTime::fromMSecsSinceEpoch(milliseconds).toString(QStringLiteral("HH:mm:ss  ")) + text;
}

} // namespace

void LogLines::add(const rpc::LogLine &line)
{
    m_added.push_back(lineText(line));
    if (m_added.size() > kCapacity)
        m_added.pop_front();
}

void LogLines::flush()
{
    if (m_added.empty())
        return;
    const int added = static_cast<int>(m_added.size());
    const int surplus =
        std::min(static_cast<int>(m_lines.size()) + added - kCapacity, static_cast<int>(m_lines.size()));
    if (surplus > 0) {
        beginRemoveRows({}, 0, surplus - 1);
        m_lines.erase(m_lines.begin(), m_lines.begin() + surplus);
        endRemoveRows();
    }
    const int first = static_cast<int>(m_lines.size());
    beginInsertRows({}, first, first + added - 1);
    m_lines.insert(m_lines.end(), m_added.begin(), m_added.end());
    m_added.clear();
    endInsertRows();
}

void LogLines::clear()
{
    beginResetModel();
    m_lines.clear();
    m_added.clear();
    endResetModel();
}

int LogLines::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_lines.size());
}

QVariant LogLines::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || (role != Qt::DisplayRole && role != Qt::ToolTipRole))
        return {};
    const QString &line = m_lines[static_cast<std::size_t>(index.row())];
    return role == Qt::ToolTipRole ? toolTipOf(line) : line;
}

} // namespace mainstay::models
