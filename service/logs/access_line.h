// SPDX-License-Identifier: GPL-3.0-or-later
// One line of an access log, in the combined format that every log analyser reads, or in another one.
#pragma once

#include "base/endpoint.h"
#include "base/peer_address.h"
#include "config/log_format.h"

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace mainstay::logs {

// The fields of a request's head, for the one who writes some of them down.
class HeadFields {
public:
    // The value of the first of that name; empty when there is none.
    [[nodiscard]] virtual std::string_view find(std::string_view name) const = 0;

protected:
    ~HeadFields() = default;
};

// How long each phase of a request took, in microseconds. They follow each other, but for the first, which comes before
// the first request of a connection.
struct Phases {
    static constexpr std::int64_t kNone = -1; // there was no such phase

    std::int64_t tls = kNone;       // the handshake
    std::int64_t wait = kNone;      // until a server was asked: the head and perhaps the body came
    std::int64_t connect = kNone;   // to the server; none when a connection was at hand
    std::int64_t firstByte = kNone; // from there to the head of the server's answer
    std::int64_t lastByte = kNone;  // from there to the end
};

// What is known of a request that was answered. Views need to live only until it is appended. Text comes as the
// client sent it; empty becomes "-".
struct AccessRecord {
    IpAddress client;
    std::string_view method;
    std::string_view target;
    std::string_view path; // of the target
    std::string_view query;
    std::string_view protocol;    // "HTTP/1.1"
    std::string_view refusedLine; // instead of these: the beginning of what was no request
    std::string_view host;
    std::string_view site;
    unsigned status = 0;
    std::uint64_t bytes = 0;   // of the body sent
    std::uint64_t bytesIn = 0; // of the body received
    std::string_view referer;
    std::string_view userAgent;
    std::string_view user;      // who has signed in
    std::string_view cache;     // what a cache had to do with it: "hit"; empty for nothing
    std::string_view requestId; // ends the line, in quotes, where there is one
    const HeadFields *fields = nullptr;
    const PeerAddress *upstream = nullptr; // the server asked last
    std::string_view error;                // what was wrong with it, in one word
    bool isEncrypted = false;
    std::int64_t micros = 0; // all of it
    Phases phases;
    std::uint32_t sample = 1; // of how many such requests it is the one written
};

// Worker thread. The dates of a line, each put together once a second.
class AccessDate {
public:
    // "10/Oct/2000:13:55:36 +0000", always UTC, for seconds since 1970. Valid until the next call.
    [[nodiscard]] std::string_view at(std::int64_t seconds) noexcept;
    // "2000-10-10T13:55:36", as RFC 3339 without fraction and zone.
    [[nodiscard]] std::string_view isoAt(std::int64_t seconds) noexcept;

private:
    std::int64_t m_second = std::numeric_limits<std::int64_t>::min();
    std::int64_t m_isoSecond = std::numeric_limits<std::int64_t>::min();
    std::array<char, 26> m_text{};
    std::array<char, 19> m_iso{};
};

// Appends one line with its newline. Quotes, backslashes, control characters and bytes outside ASCII are written as
// \xHH, so that nothing a client sends can forge a line or a field.
void appendCombined(std::string &out, const AccessRecord &record, std::string_view date);

// Immutable. A format, taken apart once.
class LineFormat {
public:
    // A format of the configuration that was found to be right; of another one, combined is used.
    explicit LineFormat(std::string_view format = "combined");

    // Appends one line with its newline. `millis`: since 1970. Whatever a client sent, the line is one, and each value
    // ends where the format says: in a template the character that stands behind a placeholder is escaped in its value.
    // In JSON what is no UTF-8 becomes U+FFFD, and characters that steer a terminal are escaped.
    void append(std::string &out, const AccessRecord &record, std::int64_t millis, AccessDate &date) const;

private:
    enum class Kind : std::uint8_t { combined, json, pieces };
    struct Piece {
        config::LogField field = config::LogField::text;
        std::string text;
        char end = '\n'; // what stands behind it
    };

    void appendPieces(std::string &out, const AccessRecord &record, std::int64_t millis, AccessDate &date) const;

    Kind m_kind = Kind::combined;
    std::vector<Piece> m_pieces;
};

} // namespace mainstay::logs
