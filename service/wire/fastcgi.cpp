// SPDX-License-Identifier: GPL-3.0-or-later
// See fastcgi.h. Sections are those of the FastCGI Specification 1.0.
#include "wire/fastcgi.h"

#include <algorithm>
#include <cstring>

namespace mainstay::wire {

namespace {

constexpr char kVersion = 1;
constexpr std::uint16_t kRequestId = 1; // one request at a time
constexpr std::size_t kAlignment = 8;

// Section 8.
enum Type : std::uint8_t {
    kBeginRequest = 1,
    kEndRequest = 3,
    kParams = 4,
    kStdin = 5,
    kStdout = 6,
    kStderr = 7,
};

// Section 3.3.
constexpr std::array<char, fastcgi::kHeaderSize> headerOf(Type type, std::size_t content, std::size_t padding = 0)
{
    return {kVersion,
            static_cast<char>(type),
            static_cast<char>(kRequestId >> 8),
            static_cast<char>(kRequestId & 0xff),
            static_cast<char>(content >> 8),
            static_cast<char>(content & 0xff),
            static_cast<char>(padding),
            0};
}

// Section 5.1: the role of a responder, and the flag that keeps the connection.
constexpr std::array<char, 8> kBeginContent = {0, 1, 1, 0, 0, 0, 0, 0};
constexpr auto kBeginHeader = headerOf(kBeginRequest, kBeginContent.size());
constexpr auto kNoParams = headerOf(kParams, 0);
constexpr auto kNoStdin = headerOf(kStdin, 0);
constexpr std::array<char, kAlignment> kPadding{};

template <std::size_t Size>
std::string_view viewOf(const std::array<char, Size> &bytes)
{
    return {bytes.data(), bytes.size()};
}

std::uint16_t number16(const char *bytes)
{
    return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[0]) << 8 | static_cast<unsigned char>(bytes[1]));
}

} // namespace

std::array<char, fastcgi::kHeaderSize> fastcgi::bodyHeader(std::size_t size) noexcept
{
    return headerOf(kStdin, size);
}

std::string_view fastcgi::bodyEnd() noexcept
{
    return viewOf(kNoStdin);
}

FastcgiWriter::FastcgiWriter(std::span<char> out) noexcept : m_out(out)
{
    append(viewOf(kBeginHeader));
    append(viewOf(kBeginContent));
    m_paramsAt = m_size;
    append(viewOf(kNoParams)); // the length is filled in at the end
}

// Section 3.4: one byte up to 127, and four with the first bit set from there on.
void FastcgiWriter::appendLength(std::size_t length) noexcept
{
    const auto byte = [length](unsigned shift) { return static_cast<char>(length >> shift & 0xff); };
    if (length < 128)
        append(viewOf(std::array{byte(0)}));
    else
        append(viewOf(std::array{static_cast<char>(byte(24) | '\x80'), byte(16), byte(8), byte(0)}));
}

void FastcgiWriter::beginParam(std::size_t nameSize, std::size_t valueSize) noexcept
{
    appendLength(nameSize);
    appendLength(valueSize);
}

void FastcgiWriter::append(std::string_view text) noexcept
{
    if (text.size() > m_out.size() - m_size) {
        m_ok = false;
        return;
    }
    text.copy(m_out.data() + m_size, text.size());
    m_size += text.size();
}

void FastcgiWriter::endParams() noexcept
{
    const std::size_t content = m_size - std::min(m_size, m_paramsAt + fastcgi::kHeaderSize);
    const std::size_t padding = (kAlignment - content % kAlignment) % kAlignment;
    append(viewOf(kPadding).substr(0, padding));
    if (content > 0) // a record without content ends them, be it the first
        append(viewOf(kNoParams));
    if (content > fastcgi::kMaxContent)
        m_ok = false;
    if (!m_ok)
        return;
    const auto header = headerOf(kParams, content, padding);
    std::memcpy(m_out.data() + m_paramsAt, header.data(), header.size());
}

FastcgiDecoder::Step FastcgiDecoder::feed(std::string_view bytes) noexcept
{
    Step step;
    while (step.consumed < bytes.size()) {
        const std::string_view rest = bytes.substr(step.consumed);
        if (m_headerSize < m_header.size()) {
            const std::size_t count = rest.copy(m_header.data() + m_headerSize, m_header.size() - m_headerSize);
            m_headerSize = static_cast<std::uint8_t>(m_headerSize + count);
            step.consumed += count;
            if (m_headerSize == m_header.size() && !readHeader()) {
                step.status = ParseStatus::malformed;
                return step;
            }
        } else if (m_content > 0) {
            const std::string_view part = rest.substr(0, m_content);
            step.consumed += part.size();
            m_content = static_cast<std::uint16_t>(m_content - part.size());
            step.stream = takeContent(part);
            if (step.stream != Stream::none)
                step.data = part;
        } else {
            const std::size_t count = std::min<std::size_t>(m_padding, rest.size());
            m_padding = static_cast<std::uint8_t>(m_padding - count);
            step.consumed += count;
        }
        if (m_headerSize == m_header.size() && m_content == 0 && m_padding == 0) {
            m_headerSize = 0;
            if (m_endSize == m_end.size()) {
                step.status = ParseStatus::complete;
                return step;
            }
        }
        if (step.stream != Stream::none)
            return step;
    }
    return step;
}

bool FastcgiDecoder::readHeader() noexcept
{
    if (m_header[0] != kVersion)
        return false;
    m_type = static_cast<std::uint8_t>(m_header[1]);
    m_content = number16(m_header.data() + 4);
    m_padding = static_cast<std::uint8_t>(m_header[6]);
    const bool ours = number16(m_header.data() + 2) == kRequestId;
    switch (m_type) {
    case kEndRequest:
        return ours && m_content == m_end.size();
    case kStdout:
    case kStderr:
        return ours;
    default:
        return true;
    }
}

FastcgiDecoder::Stream FastcgiDecoder::takeContent(std::string_view part) noexcept
{
    switch (m_type) {
    case kStdout:
        return Stream::output;
    case kStderr:
        return Stream::errors;
    case kEndRequest:
        part.copy(m_end.data() + m_endSize, part.size());
        m_endSize = static_cast<std::uint8_t>(m_endSize + part.size());
        break;
    default:
        break;
    }
    return Stream::none;
}

FastcgiDecoder::Ending FastcgiDecoder::ending() const noexcept
{
    switch (m_end[4]) {
    case 0:
        return Ending::requestComplete;
    case 1:
        return Ending::cannotMultiplex;
    case 2:
        return Ending::overloaded;
    default:
        return Ending::unknownRole;
    }
}

} // namespace mainstay::wire
