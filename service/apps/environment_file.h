// SPDX-License-Identifier: GPL-3.0-or-later
// An app's variables that are secret, in a file of their own.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <vector>

namespace mainstay::apps {

inline constexpr std::size_t kMaxEnvironmentFile = std::size_t{1} << 20;

// Any thread that may block on a disk, but not for long: it must be a plain file of at most kMaxEnvironmentFile bytes,
// closed to others. The variables as NAME=value; none where `path` is empty. Fails with "app.environment".
[[nodiscard]] Result<std::vector<std::string>> readEnvironmentFile(const std::string &path);

} // namespace mainstay::apps
