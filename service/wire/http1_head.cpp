// SPDX-License-Identifier: GPL-3.0-or-later
// Cuts a head into lines and fields, and works out how its body is framed.
#include "wire/http1_head.h"

#include "wire/control_scan.h"
#include "wire/http_chars.h"

#include <algorithm>
#include <limits>

namespace mainstay::wire {

void Http1Head::reset() noexcept
{
    m_body = {};
    m_startLineSeen = false;
    m_keepAlive = false;
    m_bytes = nullptr;
    m_lineStart = 0;
    m_examined = 0;
    m_fieldCount = 0;
    m_minorVersion = 0;
    m_error = Http1Error::none;
    m_connectionClose = false;
    m_connectionKeepAlive = false;
    m_connectionUpgrade = false;
    m_nominations = 0;
    m_hopByHop = {};
    m_first.fill(kNoField);
}

std::string_view Http1Head::line(std::size_t i) const noexcept
{
    const Field &field = m_fields[i];
    const auto end = static_cast<std::size_t>(field.valueOffset) + field.valueLength;
    return {m_bytes + field.nameOffset, end - field.nameOffset};
}

std::optional<std::string_view> Http1Head::find(KnownField field) const noexcept
{
    const std::uint8_t i = m_first[static_cast<std::size_t>(field)];
    if (i == kNoField)
        return std::nullopt;
    return value(i);
}

std::optional<std::string_view> Http1Head::find(std::string_view name) const noexcept
{
    for (std::size_t i = 0; i < m_fieldCount; ++i) {
        if (equalsIgnoringCase(this->name(i), name))
            return value(i);
    }
    return std::nullopt;
}

std::optional<std::string_view> Http1Head::nextLine(std::string_view bytes, std::size_t limit) noexcept
{
    m_bytes = bytes.data();
    limit = std::min(limit, kMaxBytes);
    const char *end = m_bytes + std::min(bytes.size(), limit);
    const char *at = findControl(m_bytes + m_examined, end);
    m_examined = static_cast<std::uint32_t>(at - m_bytes);
    if (end - at < 2 && (at == end || *at == '\r')) {
        if (bytes.size() >= limit)
            refuse(m_startLineSeen ? Http1Error::headTooLarge : Http1Error::startLineTooLarge);
        return std::nullopt;
    }
    if (*at != '\r') {
        refuse(*at == '\n' ? Http1Error::bareLineFeed : Http1Error::controlCharacter);
        return std::nullopt;
    }
    if (at[1] != '\n') {
        refuse(Http1Error::bareCarriageReturn);
        return std::nullopt;
    }
    const std::string_view line{m_bytes + m_lineStart, static_cast<std::size_t>(at - m_bytes) - m_lineStart};
    m_examined += 2;
    m_lineStart = m_examined;
    return line;
}

void Http1Head::addField(std::string_view line) noexcept
{
    if (isBlank(line.front()))
        return refuse(Http1Error::foldedField);
    const std::size_t nameLength = countLeading(line, kTokenChar);
    if (nameLength == line.size() || line[nameLength] != ':' || nameLength == 0) {
        const bool blank = nameLength != 0 && nameLength < line.size() && isBlank(line[nameLength]);
        return refuse(blank ? Http1Error::spaceBeforeColon : Http1Error::badFieldName);
    }
    if (nameLength > std::numeric_limits<std::uint8_t>::max())
        return refuse(Http1Error::fieldNameTooLarge);
    if (m_fieldCount == kMaxFields)
        return refuse(Http1Error::tooManyFields);

    const std::string_view name = line.substr(0, nameLength);
    const std::string_view value = trimBlanks(line.substr(nameLength + 1));
    const KnownField id = knownField(name);
    const std::uint8_t i = m_fieldCount++;
    m_fields[i] = {spanOf(name).offset, spanOf(value).offset, spanOf(value).length,
                   static_cast<std::uint8_t>(nameLength), id};
    if (isHopByHop(id))
        m_hopByHop[i / 64] |= std::uint64_t{1} << (i % 64);
    std::uint8_t &first = m_first[static_cast<std::size_t>(id)];
    const bool repeated = first != kNoField;
    if (!repeated)
        first = i;

    switch (id) {
    case KnownField::connection:
        return readConnection(value);
    case KnownField::host:
        return repeated ? refuse(Http1Error::repeatedHost) : void();
    case KnownField::contentLength:
        return repeated ? refuse(Http1Error::repeatedContentLength) : readContentLength(value);
    case KnownField::transferEncoding:
        return repeated ? refuse(Http1Error::repeatedTransferEncoding) : readTransferEncoding(value);
    default:
        return;
    }
}

// RFC 9110 section 7.6.1. That Host or Content-Length should belong to the connection alone is an attempt to have a
// proxy drop them.
void Http1Head::readConnection(std::string_view value) noexcept
{
    while (!value.empty()) {
        const std::string_view option = takeListElement(value);
        if (option.empty())
            continue;
        if (equalsIgnoringCase(option, "close")) {
            m_connectionClose = true;
        } else if (equalsIgnoringCase(option, "keep-alive")) {
            m_connectionKeepAlive = true;
        } else if (equalsIgnoringCase(option, "upgrade")) {
            m_connectionUpgrade = true;
        } else {
            const bool vital = equalsIgnoringCase(option, "host") || equalsIgnoringCase(option, "content-length");
            if (vital || !isToken(option) || ++m_nominations > kMaxNominations)
                return refuse(Http1Error::badConnection);
        }
    }
}

// Digits and nothing else: no sign, no list, nothing that does not fit into a signed 64-bit file offset.
void Http1Head::readContentLength(std::string_view value) noexcept
{
    constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
    std::uint64_t length = 0;
    for (const char c : value) {
        if (!isOneOf(c, kDigitChar) || length > (kMax - 9) / 10)
            return refuse(Http1Error::badContentLength);
        length = length * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (value.empty())
        return refuse(Http1Error::badContentLength);
    m_body = {BodyFraming::Kind::length, length};
}

// Chunked once and nothing else, so that nobody can disagree on what the final coding is (RFC 9112 section 6.1).
void Http1Head::readTransferEncoding(std::string_view value) noexcept
{
    if (!equalsIgnoringCase(value, "chunked"))
        return refuse(Http1Error::badTransferEncoding);
    m_body = {BodyFraming::Kind::chunked, 0};
}

void Http1Head::setVersion(std::string_view text) noexcept
{
    const bool wellFormed = text.size() == 8 && text.starts_with("HTTP/") && isOneOf(text[5], kDigitChar) &&
                            text[6] == '.' && isOneOf(text[7], kDigitChar);
    if (!wellFormed)
        return refuse(Http1Error::badVersion);
    if (text[5] != '1')
        return refuse(Http1Error::unsupportedVersion);
    m_minorVersion = text[7] == '0' ? 0 : 1; // a later one is meant to be read as what is known (RFC 9110 section 2.5)
}

void Http1Head::finishFields() noexcept
{
    if (has(KnownField::transferEncoding)) {
        if (has(KnownField::contentLength))
            return refuse(Http1Error::lengthAndTransferEncoding);
        if (m_minorVersion == 0)
            return refuse(Http1Error::unexpectedTransferEncoding);
    }
    m_keepAlive = !m_connectionClose && (m_minorVersion == 1 || m_connectionKeepAlive);
    if (m_nominations > 0)
        markNominated();
}

void Http1Head::markNominated() noexcept
{
    for (std::size_t i = m_first[static_cast<std::size_t>(KnownField::connection)]; i < m_fieldCount; ++i) {
        if (id(i) != KnownField::connection)
            continue;
        for (std::string_view options = value(i); !options.empty();) {
            const std::string_view option = takeListElement(options);
            for (std::size_t field = 0; field < m_fieldCount; ++field) {
                if (equalsIgnoringCase(name(field), option))
                    m_hopByHop[field / 64] |= std::uint64_t{1} << (field % 64);
            }
        }
    }
}

ParseStatus Http1Head::parseStatus() const noexcept
{
    switch (m_error) {
    case Http1Error::none:
        return ParseStatus::needMore;
    case Http1Error::startLineTooLarge:
    case Http1Error::fieldNameTooLarge:
    case Http1Error::tooManyFields:
    case Http1Error::headTooLarge:
        return ParseStatus::tooLarge;
    default:
        return ParseStatus::malformed;
    }
}

} // namespace mainstay::wire
