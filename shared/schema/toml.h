// SPDX-License-Identifier: GPL-3.0-or-later
// TOML text to a tree and back. The one place that knows the TOML library.
#pragma once

#include "base/problem.h"
#include "schema/node.h"

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace mainstay::schema {

// The whole text as a table. The first mistake is a Problem "config.syntax" or "config.too-deep" with its place in
// `file`, which is only named.
tl::expected<Node, Problem> parseToml(std::string_view text, std::string_view file);

// A table as a document, members in their order, tables after values. parseToml() gives the same tree.
std::string writeToml(const Node &table);

// A value on one line, as it stands behind `=`.
std::string inlineToml(const Node &value);

} // namespace mainstay::schema
