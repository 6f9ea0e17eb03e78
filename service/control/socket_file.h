// SPDX-License-Identifier: GPL-3.0-or-later
// What may already stand where a local socket is to be made.
#pragma once

#include "base/result.h"

#include <string>

namespace mainstay::control {

// Removes the socket a dead process left at `path`. Fails with "management.address-in-use" when a process answers
// there and with "management.unusable-path" when something else is in the way or the path is too long.
Result<> vacateSocketPath(const std::string &path);

} // namespace mainstay::control
