// SPDX-License-Identifier: GPL-3.0-or-later
// How a request becomes a line of a log: a format by name, or a template with placeholders.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mainstay::config {

// What a placeholder stands for.
enum class LogField : std::uint8_t {
    text, // no placeholder: what stands between them
    bytes,
    bytesIn,
    cache,
    client,
    connectMs,
    error,
    firstByteMs,
    host,
    lastByteMs,
    line,
    method,
    path,
    protocol,
    query,
    referer,
    requestHeader,
    requestId,
    sample,
    scheme,
    site,
    status,
    target,
    time,
    timeIso,
    timeMs,
    timeUnix,
    tlsMs,
    upstream,
    user,
    userAgent,
    waitMs,
};

struct LogFieldName {
    std::string_view name;
    LogField field;
};

// As they stand between braces. docs/logs.md says what each is.
inline constexpr std::array kLogFields{
    LogFieldName{"bytes", LogField::bytes},
    LogFieldName{"bytes_in", LogField::bytesIn},
    LogFieldName{"cache", LogField::cache},
    LogFieldName{"client", LogField::client},
    LogFieldName{"connect_ms", LogField::connectMs},
    LogFieldName{"error", LogField::error},
    LogFieldName{"first_byte_ms", LogField::firstByteMs},
    LogFieldName{"host", LogField::host},
    LogFieldName{"last_byte_ms", LogField::lastByteMs},
    LogFieldName{"line", LogField::line},
    LogFieldName{"method", LogField::method},
    LogFieldName{"path", LogField::path},
    LogFieldName{"protocol", LogField::protocol},
    LogFieldName{"query", LogField::query},
    LogFieldName{"referer", LogField::referer},
    LogFieldName{"request_header", LogField::requestHeader}, // {request_header:NAME}
    LogFieldName{"request_id", LogField::requestId},
    LogFieldName{"sample", LogField::sample},
    LogFieldName{"scheme", LogField::scheme},
    LogFieldName{"site", LogField::site},
    LogFieldName{"status", LogField::status},
    LogFieldName{"target", LogField::target},
    LogFieldName{"time", LogField::time},
    LogFieldName{"time_iso", LogField::timeIso},
    LogFieldName{"time_ms", LogField::timeMs},
    LogFieldName{"time_unix", LogField::timeUnix},
    LogFieldName{"tls_ms", LogField::tlsMs},
    LogFieldName{"upstream", LogField::upstream},
    LogFieldName{"user", LogField::user},
    LogFieldName{"user_agent", LogField::userAgent},
    LogFieldName{"wait_ms", LogField::waitMs},
};

// The formats that have a name.
inline constexpr std::array<std::string_view, 3> kLogFormats{"combined", "timed", "json"};
// "timed": combined, and behind it how long the request and each phase of it took.
inline constexpr std::string_view kTimedTemplate =
    R"({client} - {user} [{time}] "{line}" {status} {bytes} "{referer}" "{user_agent}" )"
    R"({time_ms} {tls_ms} {wait_ms} {connect_ms} {first_byte_ms} {last_byte_ms} {upstream})";

struct LogPiece {
    LogField field = LogField::text;
    std::string text; // as it stands, or the name of a header field
};

// Immutable. The template taken apart.
struct LogTemplate {
    enum class Fault : std::uint8_t { none, noPlaceholder, brace, controlCharacter, headerName, unknownName };

    std::vector<LogPiece> pieces; // when there is no fault
    Fault fault = Fault::none;
    std::string unknown; // of unknownName: the first
};

// Any thread. "{{" and "}}" are braces as they stand.
[[nodiscard]] LogTemplate parseLogTemplate(std::string_view text);

} // namespace mainstay::config
