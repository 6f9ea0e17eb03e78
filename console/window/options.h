// SPDX-License-Identifier: GPL-3.0-or-later
// The command line of mainstay-console.
#pragma once

#include "base/result.h"

#include <QString>
#include <QStringList>

namespace mainstay::window {

// Immutable.
struct Options {
    QString socket;
};

// `words` is without the program's name. Fails with "usage.…".
[[nodiscard]] Result<Options> readOptions(const QStringList &words);
[[nodiscard]] QString helpText();

} // namespace mainstay::window
