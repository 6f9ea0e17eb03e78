// SPDX-License-Identifier: GPL-3.0-or-later
// A program that is started and watched, and that routes lead to: [app.NAME].
#pragma once

#include "config/backend.h"
#include "config/database.h"
#include "config/handler.h"
#include "config/setting.h"
#include "config/values.h"

#include <array>
#include <string>
#include <vector>

namespace mainstay::config {

enum class AppKind : std::uint8_t {
    program,  // any, by its command
    handlers, // mainstay-apphost with the handlers named here
};

constexpr auto enumerators(AppKind)
{
    return std::array{
        Enumerator{AppKind::program, "program", MS_NOOP("Config", "Program")},
        Enumerator{AppKind::handlers, "handlers", MS_NOOP("Config", "SQL and C++ handlers")},
    };
}

// What a program is handed to listen on.
enum class AppListen : std::uint8_t {
    port,   // of 127.0.0.1
    socket, // path of a Unix socket
};

constexpr auto enumerators(AppListen)
{
    return std::array{
        Enumerator{AppListen::port, "port", MS_NOOP("Config", "Port")},
        Enumerator{AppListen::socket, "socket", MS_NOOP("Config", "Unix socket")},
    };
}

enum class AppProtocol : std::uint8_t { http, fastcgi };

constexpr auto enumerators(AppProtocol)
{
    return std::array{
        Enumerator{AppProtocol::http, "http", MS_NOOP("Config", "HTTP")},
        Enumerator{AppProtocol::fastcgi, "fastcgi", MS_NOOP("Config", "FastCGI")},
    };
}

// Immutable once loaded.
struct AppConfig {
    AppKind kind = AppKind::program;
    std::string command;
    std::vector<std::string> arguments;
    std::vector<EnvironmentVariable> environment;
    FilePath environmentFile;
    FilePath folder;
    std::string user;
    std::uint32_t instances = 1;
    AppListen listen = AppListen::port;
    AppProtocol protocol = AppProtocol::http;
    UrlPath readyPath;
    Duration readyTimeout = Seconds(30);
    Duration stopTimeout = Seconds(10);
    ByteSize memoryLimit;
    std::uint32_t cpuLimit = 0;
    Balance balance = Balance::roundRobin;
    Duration responseTimeout = Seconds(30);
    Duration totalTimeout;
    Reference<DatabaseConfig> database;
    std::vector<FilePath> plugins;
    ByteSize maxBody = kibibytes(1024);
    std::vector<HandlerConfig> handlers;

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&AppConfig::kind, "kind",
          {.label = MS_NOOP("Config", "Kind"),
           .help = MS_NOOP("Config", "What is started: a program of yours, or one of ours that runs the handlers "
                                     "named here.")});
        v(&AppConfig::command, "command",
          {.label = MS_NOOP("Config", "Command"),
           .help = MS_NOOP("Config", "With kind \"program\", required: the program to start, a name that is looked up "
                                     "as a shell does or a path. No shell is involved.")});
        v(&AppConfig::arguments, "arguments",
          {.label = MS_NOOP("Config", "Arguments"),
           .help = MS_NOOP("Config", "Arguments of the command. `{port}`, `{socket}`, `{instance}`, `{app}` and "
                                     "`{state}` stand for what the instance is handed.")});
        v(&AppConfig::environment, "environment",
          {.label = MS_NOOP("Config", "Environment"),
           .help = MS_NOOP("Config", "Variables as \"NAME=value\", besides PORT or SOCKET, APP, INSTANCE and "
                                     "STATE_DIRECTORY. The same placeholders as in `arguments`.")});
        v(&AppConfig::environmentFile, "environment_file",
          {.label = MS_NOOP("Config", "Environment file"),
           .help = MS_NOOP("Config", "File with lines \"NAME=value\", for secrets; nobody but its owner and group may "
                                     "read it.")});
        v(&AppConfig::folder, "folder",
          {.label = MS_NOOP("Config", "Folder"),
           .help =
               MS_NOOP("Config", "Folder the program is started in; empty means the folder of the configuration.")});
        v(&AppConfig::user, "user",
          {.label = MS_NOOP("Config", "User"),
           .help = MS_NOOP("Config", "User the program runs as; empty means the service's own. Another one needs a "
                                     "service that was started as root.")});
        v(&AppConfig::instances, "instances",
          {.label = MS_NOOP("Config", "Instances"),
           .help = MS_NOOP("Config", "How many times it runs; requests are spread over its instances."),
           .min = 1,
           .max = 64});
        v(&AppConfig::listen, "listen",
          {.label = MS_NOOP("Config", "Listens on"),
           .help = MS_NOOP("Config", "What an instance is handed to listen on.")});
        v(&AppConfig::protocol, "protocol",
          {.label = MS_NOOP("Config", "Protocol"), .help = MS_NOOP("Config", "What the program speaks.")});
        v(&AppConfig::readyPath, "ready_path",
          {.label = MS_NOOP("Config", "Readiness path"),
           .help = MS_NOOP(
               "Config", "Path requested to see whether an instance is ready and well, which a status from 200 to 399 "
                         "says; empty means that a connection is enough.")});
        v(&AppConfig::readyTimeout, "ready_timeout",
          {.label = MS_NOOP("Config", "Readiness timeout"),
           .help = MS_NOOP("Config", "Time to get ready; then the instance is started again."),
           .min = 100,
           .max = kHour});
        v(&AppConfig::stopTimeout, "stop_timeout",
          {.label = MS_NOOP("Config", "Stop timeout"),
           .help = MS_NOOP("Config", "Time to finish requests, and then to end after SIGTERM, before all of its "
                                     "processes are killed."),
           .min = 100,
           .max = kHour});
        v(&AppConfig::memoryLimit, "memory_limit",
          {.label = MS_NOOP("Config", "Most memory"),
           .help = MS_NOOP("Config", "Memory of an instance with all its processes; with more, it is started again. "
                                     "0 means no limit.")});
        v(&AppConfig::cpuLimit, "cpu_limit",
          {.label = MS_NOOP("Config", "Most processor time"),
           .help = MS_NOOP("Config", "Share of one processor core for an instance with all its processes; 200 are two "
                                     "cores, 0 means no limit."),
           .unit = MS_NOOP("Config", "%"),
           .max = 25600});
        v(&AppConfig::balance, "balance",
          {.label = MS_NOOP("Config", "Balance"),
           .help = MS_NOOP("Config", "How an instance is chosen for a request.")});
        v(&AppConfig::responseTimeout, "response_timeout",
          {.label = MS_NOOP("Config", "Response timeout"),
           .help = MS_NOOP("Config", "Time for a response to begin, and between two parts of it."),
           .min = 1,
           .max = kDay});
        v(&AppConfig::totalTimeout, "total_timeout",
          {.label = MS_NOOP("Config", "Total timeout"),
           .help =
               MS_NOOP("Config", "Time for a response to begin, over all instances that are tried; 0 means no limit "
                                 "but that of each."),
           .max = kDay});
        v(&AppConfig::database, "database",
          {.label = MS_NOOP("Config", "Database"),
           .help = MS_NOOP("Config", "Handlers: the database of their statements.")});
        v(&AppConfig::plugins, "plugins",
          {.label = MS_NOOP("Config", "Plugins"),
           .help = MS_NOOP("Config", "Handlers: files of the libraries that bring handlers written in C++.")});
        v(&AppConfig::maxBody, "max_body",
          {.label = MS_NOOP("Config", "Largest body"),
           .help = MS_NOOP("Config", "Handlers: larger request bodies are answered with 413."),
           .min = 1,
           .max = 1LL << 30});
        v(&AppConfig::handlers, "handler",
          {.label = MS_NOOP("Config", "Handlers"),
           .help = MS_NOOP(
               "Config",
               "What answers a path of an app of handlers: SQL statements, or a handler that a plugin brings.")});
    }

    friend bool operator==(const AppConfig &, const AppConfig &) = default;
};

} // namespace mainstay::config
