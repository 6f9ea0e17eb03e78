// SPDX-License-Identifier: GPL-3.0-or-later
// The verbs of mainstayctl.
#pragma once

#include "cli/verb.h"

#include <vector>

namespace mainstay::cli {

// In the order of the help.
[[nodiscard]] std::vector<Verb> allVerbs();

// By group, each in a file of its own.
[[nodiscard]] std::vector<Verb> statusVerbs();
[[nodiscard]] std::vector<Verb> metricsVerbs();
[[nodiscard]] std::vector<Verb> cacheVerbs();
[[nodiscard]] std::vector<Verb> configVerbs();
[[nodiscard]] std::vector<Verb> backendVerbs();
[[nodiscard]] std::vector<Verb> appVerbs();
[[nodiscard]] std::vector<Verb> databaseVerbs();
[[nodiscard]] std::vector<Verb> logVerbs();
[[nodiscard]] std::vector<Verb> protocolVerbs();
[[nodiscard]] Verb topVerb();

} // namespace mainstay::cli
