// SPDX-License-Identifier: GPL-3.0-or-later
// The rows a query answered.
#pragma once

#include "rpc/database_methods.h"

#include <QAbstractTableModel>

#include <vector>

namespace mainstay::models {

// Interface thread.
class QueryTable : public QAbstractTableModel {
    Q_OBJECT

public:
    // True for a NULL, which is not an empty text.
    static constexpr int kNullRole = Qt::UserRole + 2;

    using QAbstractTableModel::QAbstractTableModel;

    void show(rpc::QueryResult result);
    // How many rows, in what time, or what a statement without rows has changed.
    [[nodiscard]] QString summary() const;

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    // Whether there is nothing in the column but numbers: such are told apart by their ends.
    [[nodiscard]] bool isOfNumbers(std::size_t column) const;

    rpc::QueryResult m_result;
    std::vector<bool> m_numeric; // by column
};

} // namespace mainstay::models
