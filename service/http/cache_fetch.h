// SPDX-License-Identifier: GPL-3.0-or-later
// Requests for the cache alone, which no client waits for.
#pragma once

#include "cache/cache.h"
#include "http/exchange.h"
#include "http/script_path.h"

#include <optional>

namespace mainstay::http {

// Worker thread. Asks a server for all of what the exchange asks for, or a part of it, and keeps the answer in the
// place of `before`, if it may be kept. Goes on by itself; the flight ends with it.
void fetchBeside(const Exchange &exchange, const std::optional<ScriptPath> &script, const cache::Table::Found &before,
                 cache::Flights::Lead lead);

} // namespace mainstay::http
