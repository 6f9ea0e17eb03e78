// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/zones_page.h"

#include "pages/row_view.h"

#include <QVBoxLayout>

namespace mainstay::pages {

ZonesPage::ZonesPage(models::Inventory &inventory, QWidget *parent)
    : Page(tr("Zones"), QStringLiteral("zones"),
           {tr("No zones"), tr("A [zone.\"NAME\"] in the configuration answers DNS queries from its file.")}, parent),
      m_inventory(inventory)
{
    content().addWidget(new RowView(inventory.zones), 1);
    setEmpty(true);
    connect(&m_inventory, &models::Inventory::updated, this, &ZonesPage::update);
}

void ZonesPage::update()
{
    const rpc::Status &status = *m_inventory.status();
    setEmpty(status.zones.empty());
    std::uint64_t records = 0;
    for (const rpc::ZoneStatus &zone : status.zones)
        records += zone.records;
    setSummary(tr("Zones: %1 · records: %2").arg(status.zones.size()).arg(records));
}

} // namespace mainstay::pages
