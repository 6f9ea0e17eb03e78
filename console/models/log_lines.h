// SPDX-License-Identifier: GPL-3.0-or-later
// The last lines of a log, as a list.
#pragma once

#include "rpc/log_methods.h"

#include <QAbstractListModel>

#include <deque>
#include <vector>

namespace mainstay::models {

// Interface thread. Lines that come at once are shown at once, by flush().
class LogLines : public QAbstractListModel {
    Q_OBJECT

public:
    static constexpr int kCapacity = 2000;

    using QAbstractListModel::QAbstractListModel;

    void add(const rpc::LogLine &line);
    // Shows what was added since the last time.
    void flush();
    void clear();

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;

private:
    std::deque<QString> m_lines;
    std::deque<QString> m_added;
};

} // namespace mainstay::models
