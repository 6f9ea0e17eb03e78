// SPDX-License-Identifier: GPL-3.0-or-later
// Checking a configuration with no service running.
#pragma once

#include "base/result.h"
#include "rpc/config_methods.h"

#include <QString>

namespace mainstay::cli {

// Has mainstay-core, which lies beside this program, check the files of `folder`; when that is empty those of its own
// default, with what the console has written.
// Fails with "check.unavailable".
[[nodiscard]] Result<rpc::ConfigCheck> checkOffline(const QString &folder);

} // namespace mainstay::cli
