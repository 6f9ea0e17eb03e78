// SPDX-License-Identifier: GPL-3.0-or-later
// What request and response heads share: lines, fields, framing of the body (RFC 9112).
#pragma once

#include "wire/http_field.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mainstay::wire {

enum class ParseStatus : std::uint8_t { complete, needMore, malformed, tooLarge };

// Why a message was refused.
enum class Http1Error : std::uint8_t {
    none,
    bareCarriageReturn,
    bareLineFeed,
    controlCharacter,
    badMethod,
    badTarget,
    badVersion,
    unsupportedVersion,
    badStatusLine,
    foldedField,
    spaceBeforeColon,
    badFieldName,
    badConnection,
    missingHost,
    repeatedHost,
    badHost,
    hostMismatch,
    badContentLength,
    repeatedContentLength,
    badTransferEncoding,
    repeatedTransferEncoding,
    unexpectedTransferEncoding,
    lengthAndTransferEncoding,
    badChunkSize,
    badChunkExtension,
    missingChunkEnd,
    badTrailer,
    chunkExtensionTooLarge,
    trailerTooLarge,
    startLineTooLarge,
    fieldNameTooLarge,
    tooManyFields,
    headTooLarge,
};

// A few words for a log line.
[[nodiscard]] std::string_view text(Http1Error error) noexcept;
// The status to answer a refused request with: 400, 414, 431 or 505.
[[nodiscard]] unsigned statusFor(Http1Error error) noexcept;

// How the end of a body is found (RFC 9112 section 6.3).
struct BodyFraming {
    enum class Kind : std::uint8_t { none, length, chunked, untilClose };

    Kind kind = Kind::none;
    std::uint64_t length = 0; // bytes, for Kind::length

    [[nodiscard]] bool hasBody() const noexcept
    {
        return kind == Kind::chunked || kind == Kind::untilClose || length > 0;
    }

    friend bool operator==(const BodyFraming &, const BodyFraming &) = default;
};

// Worker thread. A parsed head. It keeps offsets into the bytes it was parsed from, so it may be copied, and after
// the bytes have moved rebase() is all it takes. Views it returns point into those bytes.
class Http1Head {
public:
    static constexpr std::size_t kMaxFields = 100;
    static constexpr std::size_t kMaxBytes = 65535;
    static constexpr std::size_t kDefaultLimit = std::size_t{32} * 1024;

    void rebase(const char *bytes) noexcept { m_bytes = bytes; }

    // Bytes the head takes, up to and with the empty line. The body starts here. Valid when complete.
    [[nodiscard]] std::size_t length() const noexcept { return m_lineStart; }
    [[nodiscard]] Http1Error error() const noexcept { return m_error; }

    [[nodiscard]] unsigned minorVersion() const noexcept { return m_minorVersion; }
    // Whether another message may follow on the connection (RFC 9112 section 9.3).
    [[nodiscard]] bool keepAlive() const noexcept { return m_keepAlive; }
    [[nodiscard]] const BodyFraming &body() const noexcept { return m_body; }
    // The Upgrade field, when Connection says it is meant (RFC 9110 section 7.8).
    [[nodiscard]] bool hasUpgrade() const noexcept { return m_connectionUpgrade && has(KnownField::upgrade); }

    [[nodiscard]] std::size_t fieldCount() const noexcept { return m_fieldCount; }
    [[nodiscard]] KnownField id(std::size_t i) const noexcept { return m_fields[i].id; }
    [[nodiscard]] std::string_view name(std::size_t i) const noexcept
    {
        return {m_bytes + m_fields[i].nameOffset, m_fields[i].nameLength};
    }
    // Without the white space around it.
    [[nodiscard]] std::string_view value(std::size_t i) const noexcept
    {
        return {m_bytes + m_fields[i].valueOffset, m_fields[i].valueLength};
    }
    // The whole line "Name: value", as it came and without its CRLF.
    [[nodiscard]] std::string_view line(std::size_t i) const noexcept;
    // Not to be forwarded: isHopByHop(), or named by Connection.
    [[nodiscard]] bool hopByHop(std::size_t i) const noexcept { return ((m_hopByHop[i / 64] >> (i % 64)) & 1) != 0; }

    [[nodiscard]] bool has(KnownField field) const noexcept
    {
        return m_first[static_cast<std::size_t>(field)] != kNoField;
    }
    // The value of the first field of that name; nothing when there is none.
    [[nodiscard]] std::optional<std::string_view> find(KnownField field) const noexcept;
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;

protected:
    struct Span {
        std::uint16_t offset = 0;
        std::uint16_t length = 0;
    };

    Http1Head() noexcept { reset(); }

    void reset() noexcept;
    // The next whole line, without its CRLF and free of control characters but HTAB. Nothing when there is none or
    // an error was found: then parseStatus() tells.
    [[nodiscard]] std::optional<std::string_view> nextLine(std::string_view bytes, std::size_t limit) noexcept;
    void addField(std::string_view line) noexcept;
    // "HTTP/1.0" or "HTTP/1.1".
    void setVersion(std::string_view text) noexcept;
    // After the empty line: settles keepAlive() and hopByHop(), and checks the length fields against each other.
    void finishFields() noexcept;

    void refuse(Http1Error error) noexcept { m_error = error; }
    [[nodiscard]] bool refused() const noexcept { return m_error != Http1Error::none; }
    [[nodiscard]] ParseStatus parseStatus() const noexcept;
    [[nodiscard]] Span spanOf(std::string_view part) const noexcept
    {
        return {static_cast<std::uint16_t>(part.data() - m_bytes), static_cast<std::uint16_t>(part.size())};
    }
    [[nodiscard]] std::string_view view(Span span) const noexcept { return {m_bytes + span.offset, span.length}; }

    BodyFraming m_body;
    bool m_startLineSeen = false;
    bool m_keepAlive = false;

private:
    static constexpr std::uint8_t kNoField = 0xff;
    static constexpr unsigned kMaxNominations = 32;

    struct Field {
        std::uint16_t nameOffset;
        std::uint16_t valueOffset;
        std::uint16_t valueLength;
        std::uint8_t nameLength;
        KnownField id;
    };

    void readConnection(std::string_view value) noexcept;
    void markNominated() noexcept;
    void readContentLength(std::string_view value) noexcept;
    void readTransferEncoding(std::string_view value) noexcept;

    const char *m_bytes = nullptr;
    std::uint32_t m_lineStart = 0; // where the line being read starts
    std::uint32_t m_examined = 0;  // up to here there is no end of that line
    std::uint8_t m_fieldCount = 0;
    std::uint8_t m_minorVersion = 0;
    Http1Error m_error = Http1Error::none;
    bool m_connectionClose = false;
    bool m_connectionKeepAlive = false;
    bool m_connectionUpgrade = false;
    std::uint8_t m_nominations = 0;
    std::array<std::uint64_t, 2> m_hopByHop{};
    std::array<std::uint8_t, kKnownFields> m_first;
    std::array<Field, kMaxFields> m_fields;
};

} // namespace mainstay::wire
