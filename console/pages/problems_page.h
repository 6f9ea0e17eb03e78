// SPDX-License-Identifier: GPL-3.0-or-later
// All that is wrong now, and the selected problem in full.
#pragma once

#include "models/inventory.h"
#include "pages/page.h"
#include "pages/row_view.h"

namespace mainstay::pages {

// Interface thread.
class ProblemsPage : public Page {
    Q_OBJECT

public:
    // `inventory` outlives it.
    explicit ProblemsPage(models::Inventory &inventory, QWidget *parent = nullptr);

    // The selected problem: what is wrong, what to do, where.
    [[nodiscard]] QString detail() const { return m_detail->text(); }

private:
    void update();

    models::Inventory &m_inventory;
    RowView *m_view;
    QLabel *m_detail;
};

} // namespace mainstay::pages
