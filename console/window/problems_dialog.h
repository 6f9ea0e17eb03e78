// SPDX-License-Identifier: GPL-3.0-or-later
// All that is wrong now, each with its place and what to do; live while it is open.
#pragma once

#include "models/inventory.h"

#include <QDialog>

namespace mainstay::window {

// Interface thread.
class ProblemsDialog : public QDialog {
    Q_OBJECT

public:
    // `inventory` outlives it.
    explicit ProblemsDialog(models::Inventory &inventory, QWidget *parent = nullptr);
};

} // namespace mainstay::window
