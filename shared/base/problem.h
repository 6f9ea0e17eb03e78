// SPDX-License-Identifier: GPL-3.0-or-later
// What is wrong with a configuration or a zone file: every mistake at once, each where it stands.
#pragma once

#include "base/printable.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace mainstay {

// Immutable. A place in a file people write. Line and column count from 1; 0 means unknown.
struct SourcePlace {
    std::string file;
    std::uint32_t line = 0;
    std::uint32_t column = 0;

    // "FILE:LINE", or less where less is known.
    [[nodiscard]] std::string text() const { return line == 0 ? file : file + ":" + std::to_string(line); }

    friend bool operator==(const SourcePlace &, const SourcePlace &) = default;
};

enum class Severity : std::uint8_t {
    warning, // applied all the same
    error,   // refuses the whole change
};

// Immutable. `code` and `path` ("site.shop.route[1].backend") are stable; `message` says what is wrong and `remedy`
// what to do.
struct Problem {
    std::string code;
    std::string path;
    std::string message;
    std::string remedy;
    SourcePlace source;
    Severity severity = Severity::error;

    // "FILE:LINE: PATH: MESSAGE (REMEDY)", on one line, fit for a terminal.
    [[nodiscard]] std::string text() const
    {
        std::string line = source.text();
        if (!line.empty())
            line += ": ";
        if (severity == Severity::warning)
            line += "warning: ";
        if (!path.empty())
            line += path + ": ";
        line += message;
        if (!remedy.empty())
            line += " (" + remedy + ")";
        return printable(line);
    }

    friend bool operator==(const Problem &, const Problem &) = default;
};

using Problems = std::vector<Problem>;

[[nodiscard]] inline bool hasErrors(const Problems &problems)
{
    return std::any_of(problems.begin(), problems.end(),
                       [](const Problem &problem) { return problem.severity == Severity::error; });
}

} // namespace mainstay
