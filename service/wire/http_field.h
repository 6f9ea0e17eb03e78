// SPDX-License-Identifier: GPL-3.0-or-later
// The field names the service knows, each with a small number, so that nobody compares strings twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mainstay::wire {

enum class KnownField : std::uint8_t {
    other,
    accept,
    acceptEncoding,
    acceptRanges,
    age,
    altSvc,
    authorization,
    cacheControl,
    connection,
    contentEncoding,
    contentLength,
    contentRange,
    contentType,
    cookie,
    date,
    etag,
    expect,
    expires,
    forwarded,
    host,
    http2Settings,
    ifMatch,
    ifModifiedSince,
    ifNoneMatch,
    ifRange,
    ifUnmodifiedSince,
    keepAlive,
    lastModified,
    location,
    origin,
    pragma,
    proxyAuthenticate,
    proxyAuthorization,
    proxyConnection,
    range,
    referer,
    retryAfter,
    server,
    setCookie,
    strictTransportSecurity,
    te,
    trailer,
    transferEncoding,
    upgrade,
    userAgent,
    vary,
    via,
    wwwAuthenticate,
    xForwardedFor,
    xForwardedHost,
    xForwardedPort,
    xForwardedProto,
    xRealIp,
    xRequestId,
};

inline constexpr std::size_t kKnownFields = static_cast<std::size_t>(KnownField::xRequestId) + 1;

// The number of a name, in any case. The name must be a token (RFC 9110 section 5.6.2).
[[nodiscard]] KnownField knownField(std::string_view name) noexcept;

// The name as it is usually written; empty for `other`.
[[nodiscard]] std::string_view fieldName(KnownField field) noexcept;

// Fields that belong to one connection and are never forwarded (RFC 9110 section 7.6.1), apart from those that
// Connection itself names. Trailer is one, since trailer sections are not forwarded.
[[nodiscard]] bool isHopByHop(KnownField field) noexcept;

} // namespace mainstay::wire
