// SPDX-License-Identifier: GPL-3.0-or-later
// What the window remembers from one start to the next: place and size, page, and light or dark.
#pragma once

#include "look/appearance.h"
#include "window/main_window.h"

#include <QSettings>

namespace mainstay::window {

// Interface thread. What is missing or cannot be understood leaves the default.
class SavedState {
public:
    // `settings` outlives it.
    explicit SavedState(QSettings &settings) : m_settings(settings) {}

    // Before the window is made, so that it is drawn once.
    void restore(look::Appearance &appearance) const;
    void restore(MainWindow &window) const;
    void save(const MainWindow &window, const look::Appearance &appearance);

private:
    QSettings &m_settings;
};

} // namespace mainstay::window
