// SPDX-License-Identifier: GPL-3.0-or-later
// Sites with where their paths lead, and the listeners they are reached on.
#pragma once

#include "models/inventory.h"
#include "pages/page.h"

namespace mainstay::pages {

// Interface thread.
class SitesPage : public Page {
    Q_OBJECT

public:
    // `inventory` outlives it.
    explicit SitesPage(models::Inventory &inventory, QWidget *parent = nullptr);

private:
    void update();

    models::Inventory &m_inventory;
};

} // namespace mainstay::pages
