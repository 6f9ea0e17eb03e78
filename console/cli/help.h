// SPDX-License-Identifier: GPL-3.0-or-later
// What --help prints, from what the verbs declare.
#pragma once

#include "cli/verb.h"

#include <QString>

#include <vector>

namespace mainstay::cli {

[[nodiscard]] QString programHelp(const std::vector<Verb> &verbs);
// "backend": its verbs.
[[nodiscard]] QString groupHelp(const QString &group, const std::vector<Verb> &verbs);
[[nodiscard]] QString verbHelp(const Verb &verb);

} // namespace mainstay::cli
