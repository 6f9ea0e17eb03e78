// SPDX-License-Identifier: GPL-3.0-or-later
// A statement with named parameters, as Qt's drivers take it.
#pragma once

#include "schema/sql_tokens.h"

#include <string>
#include <string_view>
#include <vector>

namespace mainstay::schema {

// Immutable.
struct DriverText {
    std::string text;                // each parameter is "?"; without comments
    std::vector<std::string> names;  // of the parameters, in the order of their "?"
    std::vector<std::size_t> places; // where these are
    // Qt looks for parameters again, knowing only plain quotes. What it would take for one though it is none, as "?" in
    // $$…$$, or not see, as one between brackets. Empty when the two agree: only then the text may be prepared.
    std::string mistaken;
};

// Any thread.
[[nodiscard]] DriverText driverText(std::string_view sql, SqlDialect dialect);

} // namespace mainstay::schema
