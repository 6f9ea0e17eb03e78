// SPDX-License-Identifier: GPL-3.0-or-later
// How mainstay-core is started.
#pragma once

#include "guard/child.h"
#include "guard/options.h"

namespace mainstay::guard {

// mainstay-core --guard-fd 3 --config DIR --state DIR --runtime DIR, in the state folder.
Child::Spec coreSpec(const Options &options, std::optional<Identity> identity);

} // namespace mainstay::guard
