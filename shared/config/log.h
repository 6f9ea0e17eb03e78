// SPDX-License-Identifier: GPL-3.0-or-later
// Where requests are written down, which of them and how: [log.NAME].
#pragma once

#include "config/setting.h"
#include "config/values.h"

#include <array>
#include <string>

namespace mainstay::config {

enum class LogTarget : std::uint8_t { file, syslog, journal };

constexpr auto enumerators(LogTarget)
{
    return std::array{
        Enumerator{LogTarget::file, "file", MS_NOOP("Config", "A file")},
        Enumerator{LogTarget::syslog, "syslog", MS_NOOP("Config", "Syslog")},
        Enumerator{LogTarget::journal, "journal", MS_NOOP("Config", "The journal of systemd")},
    };
}

enum class LoggedRequests : std::uint8_t { all, errors, slow };

constexpr auto enumerators(LoggedRequests)
{
    return std::array{
        Enumerator{LoggedRequests::all, "all", MS_NOOP("Config", "All")},
        Enumerator{LoggedRequests::errors, "errors", MS_NOOP("Config", "Errors")},
        Enumerator{LoggedRequests::slow, "slow", MS_NOOP("Config", "Slow ones")},
    };
}

enum class Rotate : std::uint8_t { never, hourly, daily };

constexpr auto enumerators(Rotate)
{
    return std::array{
        Enumerator{Rotate::never, "never", MS_NOOP("Config", "Never")},
        Enumerator{Rotate::hourly, "hourly", MS_NOOP("Config", "Each hour")},
        Enumerator{Rotate::daily, "daily", MS_NOOP("Config", "Each day")},
    };
}

enum class LogCompression : std::uint8_t { none, gzip, zstd };

constexpr auto enumerators(LogCompression)
{
    return std::array{
        Enumerator{LogCompression::none, "none", MS_NOOP("Config", "None")},
        Enumerator{LogCompression::gzip, "gzip", MS_NOOP("Config", "gzip")},
        Enumerator{LogCompression::zstd, "zstd", MS_NOOP("Config", "Zstandard")},
    };
}

// The numbers are those of RFC 5424 section 6.2.1.
enum class SyslogFacility : std::uint8_t {
    user = 1,
    daemon = 3,
    local0 = 16,
    local1,
    local2,
    local3,
    local4,
    local5,
    local6,
    local7,
};

constexpr auto enumerators(SyslogFacility)
{
    return std::array{
        Enumerator{SyslogFacility::user, "user", MS_NOOP("Config", "user")},
        Enumerator{SyslogFacility::daemon, "daemon", MS_NOOP("Config", "daemon")},
        Enumerator{SyslogFacility::local0, "local0", MS_NOOP("Config", "local0")},
        Enumerator{SyslogFacility::local1, "local1", MS_NOOP("Config", "local1")},
        Enumerator{SyslogFacility::local2, "local2", MS_NOOP("Config", "local2")},
        Enumerator{SyslogFacility::local3, "local3", MS_NOOP("Config", "local3")},
        Enumerator{SyslogFacility::local4, "local4", MS_NOOP("Config", "local4")},
        Enumerator{SyslogFacility::local5, "local5", MS_NOOP("Config", "local5")},
        Enumerator{SyslogFacility::local6, "local6", MS_NOOP("Config", "local6")},
        Enumerator{SyslogFacility::local7, "local7", MS_NOOP("Config", "local7")},
    };
}

// Immutable once loaded.
struct LogConfig {
    LogTarget to = LogTarget::file;
    std::string format = "combined";
    LoggedRequests requests = LoggedRequests::all;
    std::uint32_t sample = 1;
    Duration slow = Seconds(1);

    FilePath file;
    ByteSize rotateSize = mebibytes(100);
    Rotate rotate = Rotate::never;
    std::uint32_t keep = 10;
    LogCompression compress = LogCompression::gzip;

    HostPort address;
    FilePath socket;
    SyslogFacility facility = SyslogFacility::local0;

    // Relative to the log folder, where it is relative.
    [[nodiscard]] std::string fileOf(const std::string &name) const { return file.empty() ? name + ".log" : file.path; }

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&LogConfig::to, "to",
          {.label = MS_NOOP("Config", "To"), .help = MS_NOOP("Config", "Where the lines are written.")});
        v(&LogConfig::format, "format",
          {.label = MS_NOOP("Config", "Format"),
           .help =
               MS_NOOP("Config", "\"combined\"; \"timed\", which has the timings of each phase besides; \"json\", one "
                                 "object a line; or a template: \"{client} {status} {time_ms}\"."),
           .required = true});
        v(&LogConfig::requests, "requests",
          {.label = MS_NOOP("Config", "Requests"),
           .help = MS_NOOP("Config", "Which are written: all, those answered with 400 and above, or those that were "
                                     "slow.")});
        v(&LogConfig::sample, "sample",
          {.label = MS_NOOP("Config", "Sample"),
           .help =
               MS_NOOP("Config", "Of requests that went well, one in so many is written, picked at random. Errors and "
                                 "slow ones always are."),
           .min = 1,
           .max = 1'000'000});
        v(&LogConfig::slow, "slow",
          {.label = MS_NOOP("Config", "Slow from"),
           .help =
               MS_NOOP("Config", "A request that takes so long is a slow one. Changes of protocol, as of WebSocket, "
                                 "never are."),
           .min = 1,
           .max = kDay});
        v(&LogConfig::file, "file",
          {.label = MS_NOOP("Config", "File"),
           .help = MS_NOOP("Config", "Relative to the folder `log` of the state folder; empty means NAME.log."),
           .base = PathBase::logs});
        v(&LogConfig::rotateSize, "rotate_size",
          {.label = MS_NOOP("Config", "Rotate by size"),
           .help = MS_NOOP("Config", "A new file is begun before the old one would be larger; 0 means never.")});
        v(&LogConfig::rotate, "rotate",
          {.label = MS_NOOP("Config", "Rotate by time"),
           .help = MS_NOOP("Config", "How often a new file is begun, by UTC.")});
        v(&LogConfig::keep, "keep",
          {.label = MS_NOOP("Config", "Keep"),
           .help = MS_NOOP("Config", "How many old files are kept; 0 means all."),
           .max = 100'000});
        v(&LogConfig::compress, "compress",
          {.label = MS_NOOP("Config", "Compress"), .help = MS_NOOP("Config", "How old files are compressed.")});
        v(&LogConfig::address, "address",
          {.label = MS_NOOP("Config", "Address"),
           .help = MS_NOOP("Config", "Syslog: who is sent the lines over UDP; empty means the machine's own.")});
        v(&LogConfig::socket, "socket",
          {.label = MS_NOOP("Config", "Socket"),
           .help = MS_NOOP("Config", "Syslog and journal: the local socket, where it is not /dev/log or "
                                     "/run/systemd/journal/socket.")});
        v(&LogConfig::facility, "facility",
          {.label = MS_NOOP("Config", "Facility"),
           .help = MS_NOOP("Config", "Syslog: the kind of program that is given as the sender.")});
    }

    friend bool operator==(const LogConfig &, const LogConfig &) = default;
};

} // namespace mainstay::config
