// SPDX-License-Identifier: GPL-3.0-or-later
// Whether what stands on disk could be applied.
#pragma once

#include "control/config_store.h"
#include "control/preparation.h"

namespace mainstay::control {

// Thread pool. Everything wrong with the files on disk, zones and certificates read as well. Writes nothing and needs
// no service. That there is none is an error where the folder is not there, or `isNamed` by who asks.
[[nodiscard]] Problems check(const ConfigFolders &folders, bool isNamed);
// The same of files that were read already. What `before` has prepared is not read again.
[[nodiscard]] Problems check(const Candidate &candidate, const std::filesystem::path &stateFolder,
                             const Prepared &before);

} // namespace mainstay::control
