// SPDX-License-Identifier: GPL-3.0-or-later
#include "window/saved_state.h"

#include <array>

namespace mainstay::window {
namespace {

const QString kGeometry = QStringLiteral("window/geometry");
const QString kPage = QStringLiteral("window/page");
const QString kScheme = QStringLiteral("window/scheme");

// By name, which stays the same when there are more of them.
const std::array<std::pair<look::Scheme, QString>, 3> kSchemes{{{look::Scheme::system, QStringLiteral("system")},
                                                                {look::Scheme::light, QStringLiteral("light")},
                                                                {look::Scheme::dark, QStringLiteral("dark")}}};

} // namespace

void SavedState::restore(look::Appearance &appearance) const
{
    const QString saved = m_settings.value(kScheme).toString();
    for (const auto &[scheme, name] : kSchemes) {
        if (name == saved)
            appearance.choose(scheme);
    }
}

void SavedState::restore(MainWindow &window) const
{
    window.restoreGeometry(m_settings.value(kGeometry).toByteArray());
    window.showPage(m_settings.value(kPage).toString());
}

void SavedState::save(const MainWindow &window, const look::Appearance &appearance)
{
    m_settings.setValue(kGeometry, window.saveGeometry());
    m_settings.setValue(kPage, window.currentPage());
    for (const auto &[scheme, name] : kSchemes) {
        if (scheme == appearance.scheme())
            m_settings.setValue(kScheme, name);
    }
}

} // namespace mainstay::window
