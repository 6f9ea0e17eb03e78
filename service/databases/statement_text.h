// SPDX-License-Identifier: GPL-3.0-or-later
// A statement with named parameters, as a driver takes it.
#pragma once

#include "databases/untyped_parameters.h"
#include "schema/sql_tokens.h"

#include <QString>

#include <string>
#include <string_view>
#include <vector>

namespace mainstay::databases {

// Immutable.
struct StatementText {
    QString text;                   // each parameter is "?"
    std::vector<std::string> names; // of the parameters, in the order of their "?"
    std::string keyword;            // "SELECT"
    bool hasLimit = false;          // says itself how many rows it wants
    bool hasReturning = false;      // gives rows, though it changes something
    bool selectsParameter = false;  // one is, or is part of, a column
    bool hasStar = false;           // its columns are those that the table has at the time
    std::string mistaken;           // see schema::DriverText
    bool isAmbiguous = false;       // has what a server may read as another one, or as code

    // Names no statement can write: what is bound for a part of the rows.
    static constexpr const char *kRows = ":rows";
    static constexpr const char *kOffset = ":offset";
    [[nodiscard]] bool isPaged() const { return !names.empty() && names.back() == kOffset; }
};

// Immutable. What parameters are handed over as.
struct ParameterForms {
    std::vector<std::string> asBytes; // by name: as bytes of UTF-8, of which MySQL and MariaDB make texts again
    ParameterTypes types;             // for PostgreSQL
};

// Any thread. Comments are left out: some drivers look for parameters there.
[[nodiscard]] StatementText statementText(std::string_view sql, schema::SqlDialect dialect,
                                          const ParameterForms &forms = {});

} // namespace mainstay::databases
