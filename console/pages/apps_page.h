// SPDX-License-Identifier: GPL-3.0-or-later
// Apps and their instances, what an app has printed, and restarting it.
#pragma once

#include "models/inventory.h"
#include "pages/log_view.h"
#include "pages/outcome_line.h"
#include "pages/page.h"
#include "pages/row_view.h"
#include "session/session.h"

namespace mainstay::pages {

// Interface thread.
class AppsPage : public Page {
    Q_OBJECT

public:
    // Both outlive it.
    AppsPage(models::Inventory &inventory, session::Session &session, QWidget *parent = nullptr);

private:
    void update();
    void restart();

    models::Inventory &m_inventory;
    session::Session &m_session;
    RowView *m_view;
    OutcomeLine *m_outcome;
    LogView *m_log;
    QPushButton *m_restart;
};

} // namespace mainstay::pages
