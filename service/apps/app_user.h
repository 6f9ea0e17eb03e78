// SPDX-License-Identifier: GPL-3.0-or-later
// As which user an app runs.
#pragma once

#include "config/app.h"

#include <cstdint>
#include <optional>
#include <string>

namespace mainstay::apps {

// Any thread. The system's number of a user, empty for our own. Nothing when there is none of that name.
[[nodiscard]] std::optional<std::uint32_t> userNumber(const std::string &name);

// Any thread. Whether the app runs as another user than the service, to whom the service's folders are closed.
[[nodiscard]] bool runsAsAnotherUser(const config::AppConfig &app);

} // namespace mainstay::apps
