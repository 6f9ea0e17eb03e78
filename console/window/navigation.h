// SPDX-License-Identifier: GPL-3.0-or-later
// The list of pages at the left.
#pragma once

#include "pages/page.h"

#include <QListWidget>

namespace mainstay::window {

// Interface thread.
class Navigation : public QListWidget {
    Q_OBJECT

public:
    explicit Navigation(QWidget *parent = nullptr);

    void add(const pages::Page &page);
};

} // namespace mainstay::window
