// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/options.h"

#include <array>
#include <charconv>
#include <filesystem>

namespace mainstay::guard {

const std::string_view kHelp =
    "Usage: mainstayd [OPTION]...\n"
    "\n"
    "Runs the Mainstay service in the foreground: binds its ports, starts mainstay-core, keeps it running, and ends\n"
    "with everything it started.\n"
    "\n"
    "  --config DIR      where mainstay.toml and conf.d are (/etc/mainstay)\n"
    "  --state DIR       what the service keeps: revisions, keys, logs (/var/lib/mainstay)\n"
    "  --runtime DIR     where the management socket is made (/run/mainstay)\n"
    "  --user NAME       the unprivileged user that mainstay-core runs as; needed when started as root, since\n"
    "                    mainstay-core never is\n"
    "  --drain SECONDS   how long open requests may take to finish when the service stops, 0 to 3600 (5)\n"
    "  --core PATH       the mainstay-core to start (the one beside mainstayd)\n"
    "  --help            print this text\n"
    "  --version         print the version\n"
    "\n"
    "Signals: TERM, INT and QUIT stop the service and let open requests finish; a second one does not wait for them.\n"
    "HUP reads the configuration again. What the service does is shown by mainstayctl status.\n"
    "\n"
    "Exit status: 0 after a stop, 1 when the service could not start, 64 when an option is wrong.\n";

namespace {

tl::unexpected<Error> usage(std::string message, std::string remedy = "see mainstayd --help")
{
    return fail("usage", std::move(message), std::move(remedy));
}

Result<Milliseconds> parseSeconds(const std::string &text)
{
    unsigned seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || end != text.data() + text.size() || seconds > 3600)
        return usage("--drain: \"" + text + "\" is not a number of seconds", "write a whole number from 0 to 3600");
    return Seconds(seconds);
}

} // namespace

Result<Options> Options::parse(std::span<const char *const> arguments, const std::string &folder,
                               const std::string &programs)
{
    Options options;
    options.core = programs + "/mainstay-core";
    options.attendant = programs + "/mainstay-attendant";
    std::string user;
    std::string drain;
    struct Row {
        std::string_view name;
        std::string *value;
        bool isPath;
    };
    const std::array<Row, 6> rows{{{"--config", &options.config, true},
                                   {"--state", &options.state, true},
                                   {"--runtime", &options.runtime, true},
                                   {"--core", &options.core, true},
                                   {"--user", &user, false},
                                   {"--drain", &drain, false}}};
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string_view argument = arguments[i];
        // --name VALUE or --name=VALUE
        const std::string_view name = argument.substr(0, argument.find('='));
        if (argument == "--help" || argument == "-h") {
            options.help = true;
            continue;
        }
        if (argument == "--version") {
            options.version = true;
            continue;
        }
        const Row *row = nullptr;
        for (const Row &candidate : rows)
            row = candidate.name == name ? &candidate : row;
        if (!row)
            return usage("unknown option \"" + std::string(argument) + "\"");
        if (name.size() < argument.size())
            *row->value = argument.substr(name.size() + 1);
        else if (i + 1 < arguments.size())
            *row->value = arguments[++i];
        else
            row->value->clear();
        if (row->value->empty())
            return usage("option " + std::string(name) + " needs a value");
        if (row->isPath)
            *row->value = (std::filesystem::path(folder) / *row->value).lexically_normal().string();
    }
    if (!user.empty())
        options.user = user;
    if (!drain.empty()) {
        auto parsed = parseSeconds(drain);
        if (!parsed)
            return forward(std::move(parsed));
        options.drain = *parsed;
    }
    return options;
}

} // namespace mainstay::guard
