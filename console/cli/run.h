// SPDX-License-Identifier: GPL-3.0-or-later
// The program behind main().
#pragma once

#include <QStringList>

namespace mainstay::cli {

// `words` is the command line without the program's name. Returns the exit code.
int run(const QStringList &words);

} // namespace mainstay::cli
