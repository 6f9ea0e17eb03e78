// SPDX-License-Identifier: GPL-3.0-or-later
// What a verb of mainstayctl is: declared once, for the reader of arguments, the help and the program.
#pragma once

#include "base/result.h"

#include <QString>

#include <functional>
#include <vector>

namespace mainstay::cli {

class Output;
class ServiceSession;
struct Arguments;

enum class ExitCode : int {
    done = 0,        // what was asked
    refused = 1,     // or it failed
    usage = 2,       // the arguments make no sense
    unreachable = 3, // no service answers
};

// A flag when `value` is empty.
struct Option {
    QString name; // without dashes
    QChar letter;
    QString value; // how the help calls it
    QString help;
};

struct Example {
    QString command;
    QString what;
};

// What a verb works with.
struct Invocation {
    const Arguments &arguments;
    Output &output;
    ServiceSession &service;
};

struct Verb {
    // An error is what main() reports; a refusal that has been reported is ExitCode::refused.
    using Run = std::function<Result<ExitCode>(Invocation &)>;

    QString name;      // "status", "backend drain"
    QString arguments; // "BACKEND/SERVER [N]"; what is in brackets may be left out
    QString summary;
    QString details; // more of it, in the verb's own help
    std::vector<Option> options;
    std::vector<Example> examples;
    Run run;
};

} // namespace mainstay::cli
