// SPDX-License-Identifier: GPL-3.0-or-later
// ODBC connection strings: "Driver={PostgreSQL Unicode};Server=db;PWD={a;b}".
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mainstay::databases {

// Any thread, all of them.

// Keywords with their values, braces taken off. A text without "=" has none.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> odbcKeywords(std::string_view source);
// The passwords in it, as they stand and without braces.
[[nodiscard]] std::vector<std::string> odbcSecrets(std::string_view source);
// As Qt's driver takes a database's name: a bare data source, or a connection string.
[[nodiscard]] std::string odbcSource(std::string_view source);
// In braces where it needs them.
[[nodiscard]] std::string odbcValue(std::string_view value);

} // namespace mainstay::databases
