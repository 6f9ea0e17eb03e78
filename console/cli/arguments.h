// SPDX-License-Identifier: GPL-3.0-or-later
// The command line, read by what the verbs declare.
#pragma once

#include "base/clock.h"
#include "cli/verb.h"

#include <QMap>
#include <QString>
#include <QStringList>

#include <optional>
#include <vector>

namespace mainstay::cli {

// Valid as long as the verbs it was read for.
struct Arguments {
    const Verb *verb = nullptr; // null for the program as a whole
    QString group;              // "backend", when help for a group of verbs is asked for
    QStringList positional;
    QMap<QString, QString> options; // by name; a flag's value is empty
    bool help = false;
    bool version = false;
    bool json = false;
    QString socket;
    Milliseconds timeout{Seconds(60)};

    [[nodiscard]] bool has(const QString &option) const { return options.contains(option); }
    // As it was given, or nothing.
    [[nodiscard]] std::optional<QString> value(const QString &option) const;
    // Fails with "usage.value" when it is there and no whole number from min to max.
    [[nodiscard]] Result<std::optional<quint64>> number(const QString &option, quint64 min, quint64 max) const;
    // The same for a duration, as in 250ms or 60s.
    [[nodiscard]] Result<std::optional<Milliseconds>> duration(const QString &option) const;
};

// Options every verb takes.
[[nodiscard]] const std::vector<Option> &commonOptions();

// `words` is without the program's name. Fails with "usage.…", telling what was probably meant.
[[nodiscard]] Result<Arguments> readArguments(const QStringList &words, const std::vector<Verb> &verbs);

// A whole number from min to max. Fails with "usage.value", calling it `what`.
[[nodiscard]] Result<quint64> wholeNumber(const QString &text, const QString &what, quint64 min, quint64 max);

} // namespace mainstay::cli
