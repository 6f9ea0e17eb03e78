// SPDX-License-Identifier: GPL-3.0-or-later
// mainstay-attendant: started by mainstayd in front of each instance of an app.
#include "guard/attendant.h"

#include <cstdio>

int main(int argc, char **argv)
{
    using mainstay::guard::Attendant;
    const std::span<const char *const> arguments(argv, static_cast<std::size_t>(argc));
    auto options = Attendant::Options::parse(arguments.subspan(argc > 0 ? 1 : 0));
    if (!options) {
        std::fputs("Usage: mainstay-attendant [--memory BYTES] [--cpu PERCENT] [--patience MILLISECONDS] "
                   "[--socket PATH] -- PROGRAM [ARGUMENT]...\n"
                   "mainstayd starts it; there is no need to do so by hand.\n",
                   stderr);
        return 64;
    }
    return Attendant(*std::move(options)).run();
}
