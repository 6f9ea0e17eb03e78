// SPDX-License-Identifier: GPL-3.0-or-later
#include "window/problems_dialog.h"

#include "look/spacing.h"
#include "pages/problems_page.h"

#include <QDialogButtonBox>
#include <QVBoxLayout>

namespace mainstay::window {

using look::kUnit;

ProblemsDialog::ProblemsDialog(models::Inventory &inventory, QWidget *parent) : QDialog(parent)
{
    setWindowTitle(tr("Problems"));
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close);
    buttons->setContentsMargins(3 * kUnit, 0, 3 * kUnit, 2 * kUnit);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(new pages::ProblemsPage(inventory), 1);
    layout->addWidget(buttons);
    resize(100 * kUnit, 50 * kUnit);
}

} // namespace mainstay::window
