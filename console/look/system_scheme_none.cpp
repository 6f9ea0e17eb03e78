// SPDX-License-Identifier: GPL-3.0-or-later
// Without D-Bus there is nobody to ask: the palette that the application started with has to do.
#include "look/system_scheme.h"

namespace mainstay::look {

void SystemScheme::listen() {}

void SystemScheme::settingChanged(const QString &, const QString &, const QVariant &) {}

} // namespace mainstay::look
