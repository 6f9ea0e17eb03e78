// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/inventory.h"

#include "models/app_rows.h"
#include "models/backend_rows.h"
#include "models/database_rows.h"
#include "models/problem_rows.h"
#include "models/site_rows.h"
#include "models/zone_rows.h"

namespace mainstay::models {

Inventory::Inventory(const History &history, QObject *parent)
    : QObject(parent), backends(backendColumns()), apps(appColumns()), databases(databaseColumns()),
      sites(siteColumns()), listeners(listenerColumns()), zones(zoneColumns()), problems(problemColumns()),
      m_history(history)
{}

void Inventory::take(const rpc::Status &status)
{
    m_status = status;
    m_usage.take(status.apps, SteadyClock::now());
    const WallTime now = WallClock::now();
    const std::optional<Rates> &rates = m_history.rates();
    backends.show(backendRows(status, rates, now));
    apps.show(appRows(status, m_usage, now));
    databases.show(databaseRows(status, now));
    sites.show(siteRows(status, rates, m_config));
    listeners.show(listenerRows(status));
    zones.show(zoneRows(status, rates, now));
    problems.show(problemRows(status));
    Q_EMIT updated();
}

void Inventory::takeConfig(const QJsonValue &config)
{
    m_config = config;
    if (m_status)
        sites.show(siteRows(*m_status, m_history.rates(), m_config));
}

} // namespace mainstay::models
