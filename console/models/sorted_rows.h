// SPDX-License-Identifier: GPL-3.0-or-later
// Rows in the order of the column that the user chose, or in their own.
#pragma once

#include <QSortFilterProxyModel>

namespace mainstay::models {

// Interface thread. Sorts once for each exchange of rows and not for each cell: the model says so by its signal
// shown(). Selection, expansion and scroll position of a view survive it. Figures go by their value, what is not known
// comes last; of texts, those with a sign of trouble come first, and the rest as people count: server-2 before
// server-10.
class SortedRows : public QSortFilterProxyModel {
    Q_OBJECT

public:
    // The value to sort by, in place of the text that is shown: a double, or a text.
    static constexpr int kSortRole = Qt::UserRole + 1;

    explicit SortedRows(QObject *parent = nullptr);

public Q_SLOTS:
    // The rows of the model were exchanged.
    void sortAgain();

protected:
    [[nodiscard]] bool lessThan(const QModelIndex &left, const QModelIndex &right) const override;
};

} // namespace mainstay::models
