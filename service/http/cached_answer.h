// SPDX-License-Identifier: GPL-3.0-or-later
// Answers with what a cache has kept.
#pragma once

#include "engine/task.h"
#include "http/cache_call.h"

#include <memory>
#include <string_view>

namespace mainstay::http {

// Worker thread. Answers GET and HEAD: conditions (RFC 9111 section 4.3.2), then a range, of what was answered with
// 200. `reason`: for Cache-Status, before the time to live; empty for a hit.
engine::Task<> answerKept(Exchange &exchange, std::shared_ptr<const cache::Entry> entry, CacheOutcome outcome,
                          std::string_view reason);

} // namespace mainstay::http
