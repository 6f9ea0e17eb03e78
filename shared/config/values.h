// SPDX-License-Identifier: GPL-3.0-or-later
// Small values a setting may have, each with the one text form that TOML, JSON and people use.
#pragma once

#include "base/clock.h"
#include "base/endpoint.h"
#include "base/result.h"

#include <compare>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mainstay::config {

// A value that is written as text. parse() accepts what text() gives, and fails with an Error whose message says
// what is wrong with the text and whose remedy shows the right form.
template <class T>
concept TextValue = requires(const T &value, std::string_view text) {
    {
        T::parse(text)
    } -> std::same_as<Result<T>>;
    {
        value.text()
    } -> std::convertible_to<std::string>;
};

// Immutable. "250ms", "10s", "5m", "1h", "7d"; not negative.
struct Duration {
    Milliseconds value{};

    constexpr Duration() = default;
    // Of whole milliseconds, so that Seconds(10) is a Duration.
    template <class Rep, class Period>
    constexpr Duration(std::chrono::duration<Rep, Period> duration) : value(duration) // NOLINT
    {}
    constexpr operator Milliseconds() const { return value; } // NOLINT

    static Result<Duration> parse(std::string_view text);
    // In the largest unit that divides it.
    [[nodiscard]] std::string text() const;

    friend auto operator<=>(const Duration &, const Duration &) = default;
};

// Immutable. Bytes: "16KiB", "2MiB", "1GiB", or a plain number. Units are powers of 1024.
struct ByteSize {
    std::uint64_t bytes = 0;

    constexpr ByteSize() = default;
    constexpr explicit ByteSize(std::uint64_t count) : bytes(count) {}
    constexpr operator std::uint64_t() const { return bytes; } // NOLINT

    static Result<ByteSize> parse(std::string_view text);
    [[nodiscard]] std::string text() const;

    friend auto operator<=>(const ByteSize &, const ByteSize &) = default;
};

constexpr ByteSize kibibytes(std::uint64_t count)
{
    return ByteSize(count << 10);
}
constexpr ByteSize mebibytes(std::uint64_t count)
{
    return ByteSize(count << 20);
}

// Immutable. A file or folder; empty means none. See PathBase for what relative ones are relative to.
struct FilePath {
    std::string path;

    [[nodiscard]] bool empty() const { return path.empty(); }

    static Result<FilePath> parse(std::string_view text);
    [[nodiscard]] std::string text() const { return path; }

    friend auto operator<=>(const FilePath &, const FilePath &) = default;
};

// Immutable. The name of an object of the kind T; empty means none. Whether it exists is for validation to say.
template <class T>
struct Reference {
    using Target = T;
    std::string name;

    [[nodiscard]] bool empty() const { return name.empty(); }

    static Result<Reference> parse(std::string_view text) { return Reference{std::string(text)}; }
    [[nodiscard]] std::string text() const { return name; }

    friend auto operator<=>(const Reference &, const Reference &) = default;
};

// Immutable. The hosts a site or certificate is for: "www.example.org", an address, every name below one
// ("*.example.org"), or any ("*"). Lower case, no final dot.
struct HostPattern {
    std::string pattern;

    [[nodiscard]] bool empty() const { return pattern.empty(); }
    [[nodiscard]] bool matchesAll() const { return pattern == "*"; }
    [[nodiscard]] bool isWildcard() const { return pattern.starts_with("*."); }
    // What stands below "*.", or the host itself.
    [[nodiscard]] std::string_view domain() const { return std::string_view(pattern).substr(isWildcard() ? 2 : 0); }

    static Result<HostPattern> parse(std::string_view text);
    [[nodiscard]] std::string text() const { return pattern; }

    friend auto operator<=>(const HostPattern &, const HostPattern &) = default;
};

// Immutable. Where a server is reached: an IP address or a name, and a port. "10.0.0.5:8080", "[::1]:80", "app:80".
struct HostPort {
    std::string host; // IPv6 without brackets
    std::uint16_t port = 0;

    [[nodiscard]] bool empty() const { return host.empty(); }
    // Nothing when the host is a name.
    [[nodiscard]] std::optional<Endpoint> endpoint() const;

    static Result<HostPort> parse(std::string_view text);
    [[nodiscard]] std::string text() const;

    friend auto operator<=>(const HostPort &, const HostPort &) = default;
};

// Immutable. Where a server is reached: a host and a port, or a socket of this machine: "unix:/run/php/fpm.sock".
struct ServerAddress {
    HostPort tcp;       // empty for a socket
    std::string socket; // an absolute path; empty for a host

    [[nodiscard]] bool empty() const { return tcp.empty() && socket.empty(); }
    // The name that has to be looked up; empty where there is none to.
    [[nodiscard]] std::string_view hostName() const { return tcp.endpoint() ? std::string_view() : tcp.host; }
    // What a request's Host says where the client's is not passed on.
    [[nodiscard]] std::string authority() const { return socket.empty() ? tcp.text() : "localhost"; }

    static Result<ServerAddress> parse(std::string_view text);
    [[nodiscard]] std::string text() const;

    friend auto operator<=>(const ServerAddress &, const ServerAddress &) = default;
};

// Immutable. The path of a URL, from "/" on, without query; empty means none.
struct UrlPath {
    std::string path;

    [[nodiscard]] bool empty() const { return path.empty(); }

    static Result<UrlPath> parse(std::string_view text);
    [[nodiscard]] std::string text() const { return path; }

    friend auto operator<=>(const UrlPath &, const UrlPath &) = default;
};

// Immutable. A variable of a program's environment: "NAME=value".
struct EnvironmentVariable {
    std::string name;
    std::string value;

    [[nodiscard]] bool empty() const { return name.empty(); }

    static Result<EnvironmentVariable> parse(std::string_view text);
    [[nodiscard]] std::string text() const { return name + "=" + value; }

    friend auto operator<=>(const EnvironmentVariable &, const EnvironmentVariable &) = default;
};

// Immutable. HTTP status codes from first to last: "200-399", or one: "204".
struct StatusRange {
    std::uint16_t first = 200;
    std::uint16_t last = 399;

    [[nodiscard]] bool contains(unsigned status) const { return status >= first && status <= last; }

    static Result<StatusRange> parse(std::string_view text);
    [[nodiscard]] std::string text() const;

    friend auto operator<=>(const StatusRange &, const StatusRange &) = default;
};

// What every text that parse() takes looks like, as a regular expression of JSON Schema; empty where it says nothing.
// It may match more than parse() takes, never less.
template <class T>
inline constexpr const char *kTextPattern = "";
template <>
inline constexpr const char *kTextPattern<Duration> = "^[0-9]+ ?(ms|s|m|h|d)$";
template <>
inline constexpr const char *kTextPattern<ByteSize> = "^[0-9]+( ?(B|KiB|MiB|GiB|TiB))?$";
template <>
inline constexpr const char *kTextPattern<HostPattern> =
    R"(^(\*|(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\])$)";
template <>
inline constexpr const char *kTextPattern<HostPort> = R"(^([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]):[0-9]+$)";
template <>
inline constexpr const char *kTextPattern<ServerAddress> =
    R"(^(unix:/.+|([A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]):[0-9]+)$)";
template <>
inline constexpr const char *kTextPattern<Endpoint> = R"(^(\*|[0-9.]+|\[[0-9A-Fa-f:.]+\])?:[0-9]{1,5}$)";
template <>
inline constexpr const char *kTextPattern<UrlPath> = R"(^(/[!"$->@-~]*)?$)"; // no ?, # or space
template <>
inline constexpr const char *kTextPattern<EnvironmentVariable> = "^[A-Za-z_][A-Za-z0-9_]*=";
template <>
inline constexpr const char *kTextPattern<StatusRange> = "^[1-5][0-9][0-9](-[1-5][0-9][0-9])?$";

} // namespace mainstay::config
