// SPDX-License-Identifier: GPL-3.0-or-later
// Rows for a view, of two levels at most, exchanged as a whole and changed only where they differ.
#pragma once

#include "models/row.h"

#include <QAbstractItemModel>

#include <vector>

namespace mainstay::models {

// Interface thread. Selection, expansion and scroll position of a view survive show(), as long as the keys do.
class RowModel : public QAbstractItemModel {
    Q_OBJECT

public:
    static constexpr int kToneRole = Qt::UserRole;

    explicit RowModel(std::vector<Column> columns, QObject *parent = nullptr);

    void show(std::vector<Row> rows);

    [[nodiscard]] const std::vector<Column> &columns() const { return m_columns; }
    [[nodiscard]] const std::vector<Row> &rows() const { return m_rows; }
    // Of the row itself, and of the one above it: empty where there is none.
    [[nodiscard]] QString keyOf(const QModelIndex &index) const;
    [[nodiscard]] QString parentKeyOf(const QModelIndex &index) const;

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex &index) const override;
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

Q_SIGNALS:
    // The end of show().
    void shown();

private:
    [[nodiscard]] const Row *rowAt(const QModelIndex &index) const;
    // The row of the top level with this number; -1 when it is gone.
    [[nodiscard]] int positionOf(quintptr number) const;
    void exchange(std::vector<Row> rows);
    void merge(std::vector<Row> &shown, std::vector<Row> next, const QModelIndex &parent);
    void removeGone(std::vector<Row> &shown, const std::vector<Row> &next, const QModelIndex &parent);
    void change(Row &shown, Row next, const QModelIndex &parent, int position);

    const std::vector<Column> m_columns;
    std::vector<Row> m_rows;
    // One for each row of the top level. The rows below carry it in their indexes: it stays when rows are inserted.
    std::vector<quintptr> m_numbers;
    quintptr m_lastNumber = 0;
};

} // namespace mainstay::models
