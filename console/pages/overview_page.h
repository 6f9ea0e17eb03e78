// SPDX-License-Identifier: GPL-3.0-or-later
// The service at a glance: live charts.
#pragma once

#include "models/inventory.h"
#include "pages/page.h"

namespace mainstay::pages {

// Interface thread.
class OverviewPage : public Page {
    Q_OBJECT

public:
    // Both outlive it.
    OverviewPage(const models::History &history, const models::Inventory &inventory, QWidget *parent = nullptr);

private:
    void summarise();

    const models::Inventory &m_inventory;
};

} // namespace mainstay::pages
