// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/sites_page.h"

#include "look/fonts.h"
#include "look/spacing.h"
#include "pages/row_view.h"

#include <QVBoxLayout>

namespace mainstay::pages {

SitesPage::SitesPage(models::Inventory &inventory, QWidget *parent)
    : Page(tr("Sites"), QStringLiteral("sites"),
           {tr("No sites"), tr("A [site.NAME] in the configuration serves files, backends and apps.")}, parent),
      m_inventory(inventory)
{
    auto *listeners = new RowView(inventory.listeners);
    listeners->setFlat();
    auto *title = new QLabel(tr("Listeners"));
    title->setFont(look::strongFont());
    auto *lower = new QVBoxLayout;
    lower->setSpacing(look::kUnit);
    lower->addWidget(title);
    lower->addWidget(listeners, 1);
    content().addWidget(new RowView(inventory.sites), 3);
    content().addLayout(lower, 2);
    setEmpty(true);
    connect(&m_inventory, &models::Inventory::updated, this, &SitesPage::update);
}

void SitesPage::update()
{
    const rpc::Status &status = *m_inventory.status();
    setEmpty(status.sites.empty() && status.listeners.empty());
    setSummary(tr("Sites: %1 · listeners: %2").arg(status.sites.size()).arg(status.listeners.size()));
}

} // namespace mainstay::pages
