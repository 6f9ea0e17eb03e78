// SPDX-License-Identifier: GPL-3.0-or-later
// Whether what stands on disk could be applied.
#pragma once

#include "control/config_store.h"

namespace mainstay::control {

// Thread pool. Everything wrong with the files on disk, zones and certificates read as well. Writes nothing and needs
// no service.
[[nodiscard]] Problems check(const ConfigFolders &folders);

} // namespace mainstay::control
