// SPDX-License-Identifier: GPL-3.0-or-later
// The command line of mainstayd.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mainstay::guard {

// Immutable. All paths are absolute.
struct Options {
    std::string config = "/etc/mainstay";
    std::string state = "/var/lib/mainstay";
    std::string runtime = "/run/mainstay";
    std::string core;      // the program
    std::string attendant; // the program that stands before each app
    std::optional<std::string> user;
    Milliseconds drain{5000};
    bool help = false;
    bool version = false;

    // `arguments` without the program's name; `folder` is what relative paths are relative to, and `programs` where
    // mainstay-core is unless named. Fails with "usage".
    static Result<Options> parse(std::span<const char *const> arguments, const std::string &folder,
                                 const std::string &programs);
};

extern const std::string_view kHelp;

} // namespace mainstay::guard
