// SPDX-License-Identifier: GPL-3.0-or-later
// As which user an app runs.
#pragma once

#include "config/app.h"

namespace mainstay::apps {

// Any thread. Whether the app runs as another user than the service, to whom the service's folders are closed.
[[nodiscard]] bool runsAsAnotherUser(const config::AppConfig &app);

} // namespace mainstay::apps
