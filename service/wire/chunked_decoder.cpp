// SPDX-License-Identifier: GPL-3.0-or-later
// A state for each place in a chunked body; content passes in runs, framing byte by byte.
#include "wire/chunked_decoder.h"

#include "wire/control_scan.h"
#include "wire/http_chars.h"

#include <algorithm>
#include <cassert>

namespace mainstay::wire {

ChunkedDecoder::Step ChunkedDecoder::feed(std::string_view bytes) noexcept
{
    for (std::size_t at = 0; at < bytes.size();) {
        if (m_state == State::data) {
            const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(m_remaining, bytes.size() - at));
            skip(size);
            return {ParseStatus::needMore, at + size, bytes.substr(at, size)};
        }
        const char c = bytes[at++];
        if (m_state == State::lastLineFeed && c == '\n')
            return {ParseStatus::complete, at, {}};
        if (!readFraming(c)) {
            const bool tooLarge =
                m_error == Http1Error::chunkExtensionTooLarge || m_error == Http1Error::trailerTooLarge;
            return {tooLarge ? ParseStatus::tooLarge : ParseStatus::malformed, at, {}};
        }
    }
    return {ParseStatus::needMore, bytes.size(), {}};
}

void ChunkedDecoder::skip(std::uint64_t bytes) noexcept
{
    assert(m_state == State::data && bytes <= m_remaining);
    m_remaining -= bytes;
    if (m_remaining == 0)
        m_state = State::dataCarriageReturn;
}

bool ChunkedDecoder::readFraming(char c) noexcept
{
    switch (m_state) {
    case State::sizeStart:
    case State::size:
        return readSize(c);
    case State::blankBeforeExtension:
    case State::extension:
        return readExtension(c);
    case State::sizeLineFeed:
        return expect(c, '\n', m_remaining == 0 ? State::trailerStart : State::data, Http1Error::badChunkSize);
    case State::dataCarriageReturn:
        return expect(c, '\r', State::dataLineFeed, Http1Error::missingChunkEnd);
    case State::dataLineFeed:
        m_sizeDigits = 0;
        m_extensionBytes = 0;
        return expect(c, '\n', State::sizeStart, Http1Error::missingChunkEnd);
    case State::trailerStart:
    case State::trailerName:
    case State::trailerValue:
        return readTrailer(c);
    case State::trailerLineFeed:
        m_trailers += '\n';
        return expect(c, '\n', State::trailerStart, Http1Error::badTrailer);
    case State::lastLineFeed: // feed() has seen to LF
    case State::data:
        break;
    }
    return refuse(Http1Error::badTrailer);
}

bool ChunkedDecoder::readSize(char c) noexcept
{
    if (const int digit = hexValue(c); digit >= 0) {
        // The size must fit into a signed 64-bit file offset.
        if (++m_sizeDigits > kMaxSizeDigits || (m_remaining >> 59) != 0)
            return refuse(Http1Error::badChunkSize);
        m_remaining = m_remaining << 4 | static_cast<std::uint64_t>(digit);
        m_state = State::size;
        return true;
    }
    if (m_state == State::sizeStart)
        return refuse(Http1Error::badChunkSize);
    if (c == '\r') {
        m_state = State::sizeLineFeed;
        return true;
    }
    m_state = State::blankBeforeExtension;
    return readExtension(c);
}

// White space may stand before the ";" of an extension (RFC 9112 section 7.1.1) but not alone.
bool ChunkedDecoder::readExtension(char c) noexcept
{
    if (m_state == State::extension && c == '\r') {
        m_state = State::sizeLineFeed;
        return true;
    }
    if (++m_extensionBytes > kMaxExtensionBytes || ++m_extensionBytesInBody > kMaxExtensionBytesInBody)
        return refuse(Http1Error::chunkExtensionTooLarge);
    if (isControl(c))
        return refuse(Http1Error::badChunkExtension);
    if (m_state == State::blankBeforeExtension) {
        if (c == ';')
            m_state = State::extension;
        else if (!isBlank(c))
            return refuse(Http1Error::badChunkSize);
    }
    return true;
}

bool ChunkedDecoder::readTrailer(char c) noexcept
{
    if (m_state == State::trailerStart && c == '\r') {
        m_state = State::lastLineFeed;
        return true;
    }
    if (++m_trailerBytes > kMaxTrailerBytes)
        return refuse(Http1Error::trailerTooLarge);
    m_trailers += c;
    if (m_state == State::trailerValue) {
        if (c == '\r')
            m_state = State::trailerLineFeed;
        else if (isControl(c))
            return refuse(Http1Error::badTrailer);
        return true;
    }
    if (m_state == State::trailerName && c == ':')
        m_state = State::trailerValue;
    else if (isOneOf(c, kTokenChar))
        m_state = State::trailerName;
    else
        return refuse(Http1Error::badTrailer);
    return true;
}

bool ChunkedDecoder::expect(char c, char wanted, State next, Http1Error error) noexcept
{
    if (c != wanted)
        return refuse(error);
    m_state = next;
    return true;
}

bool ChunkedDecoder::refuse(Http1Error error) noexcept
{
    m_error = error;
    return false;
}

} // namespace mainstay::wire
