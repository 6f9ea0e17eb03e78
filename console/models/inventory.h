// SPDX-License-Identifier: GPL-3.0-or-later
// All that the service has, as models for views, brought up to date by each status.
#pragma once

#include "models/cpu_usage.h"
#include "models/history.h"
#include "models/row_model.h"
#include "rpc/status_methods.h"

#include <QJsonValue>
#include <QObject>

#include <optional>

namespace mainstay::models {

// Interface thread. Keeps the last status when the service goes: what was last known stays readable.
class Inventory : public QObject {
    Q_OBJECT

public:
    // `history` outlives it.
    explicit Inventory(const History &history, QObject *parent = nullptr);

    RowModel backends;
    RowModel apps;
    RowModel databases;
    RowModel sites;
    RowModel listeners;
    RowModel zones;
    RowModel problems;

    // Nothing before the first one.
    [[nodiscard]] const std::optional<rpc::Status> &status() const { return m_status; }

public Q_SLOTS:
    void take(const mainstay::rpc::Status &status);
    // All objects by kind and name.
    void takeConfig(const QJsonValue &config);

Q_SIGNALS:
    void updated();

private:
    const History &m_history;
    std::optional<rpc::Status> m_status;
    QJsonValue m_config;
    CpuUsage m_usage;
};

} // namespace mainstay::models
