// SPDX-License-Identifier: GPL-3.0-or-later
// Changes that the configuration makes to the fields of a head.
#pragma once

#include "http/exchange.h"
#include "snapshot/route.h"
#include "wire/http1_writer.h"

#include <span>
#include <string_view>

namespace mainstay::http {

using FieldEdits = std::span<const config::FieldEdit>;

// Those for the answer; none before a route has been found.
[[nodiscard]] FieldEdits responseEdits(const Exchange &exchange) noexcept;

// Whether a field of that name is set or taken away, and what it was before is not to be written.
[[nodiscard]] bool isReplaced(FieldEdits edits, std::string_view name) noexcept;

// Worker thread. Writes lines "Name: value", each with its CRLF, but for those that are replaced.
void writeUnreplaced(wire::HeadWriter &head, FieldEdits edits, std::string_view lines);
// Worker thread. Writes what is set and added.
void writeEdits(wire::HeadWriter &head, FieldEdits edits, const Exchange &exchange);

} // namespace mainstay::http
