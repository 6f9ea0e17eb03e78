// SPDX-License-Identifier: GPL-3.0-or-later
// Files to a configuration, with all that is wrong with them.
#pragma once

#include "base/problem.h"
#include "config/configuration.h"
#include "schema/node.h"
#include "schema/origins.h"
#include "schema/source_file.h"

#include <span>

namespace mainstay::schema {

// Control thread. When the problems have errors the configuration is what could be read, for display only.
struct Loaded {
    config::Configuration configuration;
    Problems problems;
    Origins origins;
};

// Reads and validates. Touches no disk: whether the files named exist is not looked at here. Any thread.
[[nodiscard]] Loaded readConfiguration(std::span<const SourceFile> files);

// The same for one tree that stands in no file.
[[nodiscard]] Loaded readDocument(const Node &document);

} // namespace mainstay::schema
