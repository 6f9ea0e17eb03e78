// SPDX-License-Identifier: GPL-3.0-or-later
// DNS zones, and what is wrong with their files.
#pragma once

#include "models/inventory.h"
#include "pages/page.h"

namespace mainstay::pages {

// Interface thread.
class ZonesPage : public Page {
    Q_OBJECT

public:
    // `inventory` outlives it.
    explicit ZonesPage(models::Inventory &inventory, QWidget *parent = nullptr);

private:
    void update();

    models::Inventory &m_inventory;
};

} // namespace mainstay::pages
