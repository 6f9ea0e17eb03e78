// SPDX-License-Identifier: GPL-3.0-or-later
// A file of SQL cut into its statements.
#pragma once

#include "base/result.h"
#include "schema/sql_tokens.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mainstay::databases {

struct ScriptStatement {
    std::string text;       // without the semicolon, and without comments before it
    std::uint32_t line = 1; // where it begins
};

// Any thread. Bodies of triggers, procedures and functions (BEGIN … END) stay whole, and so
// does what stands in the brackets of a rule. What is empty, or comments alone,
// is no statement. Fails with "sql.open-quote" when a quote or comment is never closed, and with "sql.open-block" when
// a body is not, rather than take what follows for a part of it.
[[nodiscard]] Result<std::vector<ScriptStatement>> splitScript(std::string_view script, schema::SqlDialect dialect);

// The first keyword in capitals: "SELECT". Empty when it begins with none.
[[nodiscard]] std::string leadingKeyword(std::string_view statement, schema::SqlDialect dialect);

// For logs: literals become "?", comments go, white space becomes one space.
[[nodiscard]] std::string withoutLiterals(std::string_view statement, schema::SqlDialect dialect);

} // namespace mainstay::databases
