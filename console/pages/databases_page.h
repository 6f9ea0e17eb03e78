// SPDX-License-Identifier: GPL-3.0-or-later
// Databases with those who use them, and a box for queries.
#pragma once

#include "models/inventory.h"
#include "pages/page.h"
#include "pages/query_box.h"
#include "pages/row_view.h"
#include "session/session.h"

namespace mainstay::pages {

// Interface thread.
class DatabasesPage : public Page {
    Q_OBJECT

public:
    // Both outlive it.
    DatabasesPage(models::Inventory &inventory, session::Session &session, QWidget *parent = nullptr);

private:
    void update();

    models::Inventory &m_inventory;
    RowView *m_view;
    QueryBox *m_query;
};

} // namespace mainstay::pages
