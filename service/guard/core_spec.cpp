// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/core_spec.h"

#include <string_view>
#include <unistd.h>

namespace mainstay::guard {

namespace {

// The guard's own, but for what tells another user's programs where that user's files are.
std::vector<std::string> environmentFor(const std::optional<Identity> &identity)
{
    std::vector<std::string> environment;
    for (char **entry = environ; *entry; ++entry) {
        const std::string_view text = *entry;
        const std::string_view name = text.substr(0, text.find('='));
        const bool personal = name == "HOME" || name == "USER" || name == "LOGNAME" || name == "SHELL" ||
                              name == "MAIL" || name.starts_with("XDG_");
        if (!identity || !personal)
            environment.emplace_back(text);
    }
    if (identity) {
        environment.push_back("HOME=" + identity->home);
        environment.push_back("USER=" + identity->name);
        environment.push_back("LOGNAME=" + identity->name);
    }
    return environment;
}

} // namespace

Child::Spec coreSpec(const Options &options, std::optional<Identity> identity)
{
    Child::Spec spec;
    spec.name = "core";
    spec.process.program = options.core;
    spec.process.arguments = {"--guard-fd", "3",           "--config",  options.config,
                              "--state",    options.state, "--runtime", options.runtime};
    spec.process.environment = environmentFor(identity);
    spec.process.folder = options.state;
    spec.process.identity = std::move(identity);
    // It sees its line to the guard close, and then finishes its requests.
    spec.process.endsWithGuard = false;
    spec.stopPatience = options.drain;
    spec.killMargin = Seconds(1);
    return spec;
}

} // namespace mainstay::guard
