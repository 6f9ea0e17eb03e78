// SPDX-License-Identifier: GPL-3.0-or-later
// The status line, and which responses have a body.
#include "wire/http1_response.h"

#include "wire/http_chars.h"

namespace mainstay::wire {

void ResponseHead::reset() noexcept
{
    Http1Head::reset();
    m_status = 0;
    m_reason = {};
}

ParseStatus ResponseHead::parse(std::string_view bytes, Method requestMethod, std::size_t limit) noexcept
{
    while (const auto line = nextLine(bytes, limit)) {
        if (!m_startLineSeen)
            readStatusLine(*line);
        else if (line->empty())
            return finish(requestMethod);
        else
            addField(*line);
        if (refused())
            break;
    }
    return parseStatus();
}

// The space before a reason that is missing is missing in many servers too, and misleads nobody.
void ResponseHead::readStatusLine(std::string_view line) noexcept
{
    constexpr std::size_t kReason = std::string_view("HTTP/1.1 200 ").size();
    if (line.size() < kReason - 1 || line[8] != ' ')
        return refuse(Http1Error::badStatusLine);
    setVersion(line.substr(0, 8));
    if (refused())
        return;
    const std::string_view digits = line.substr(9, 3);
    if (countLeading(digits, kDigitChar) != 3 || digits[0] < '1' || digits[0] > '5')
        return refuse(Http1Error::badStatusLine);
    if (line.size() >= kReason) {
        if (line[kReason - 1] != ' ')
            return refuse(Http1Error::badStatusLine);
        m_reason = spanOf(line.substr(kReason));
    }
    m_status = static_cast<std::uint16_t>((digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0'));
    m_startLineSeen = true;
}

// RFC 9112 section 6.3.
ParseStatus ResponseHead::finish(Method requestMethod) noexcept
{
    finishFields();
    const bool bodiless = m_status < 200 || m_status == 204;
    if (bodiless && has(KnownField::transferEncoding) && !refused())
        refuse(Http1Error::unexpectedTransferEncoding);
    if (refused())
        return parseStatus();
    if (bodiless || m_status == 304 || requestMethod == Method::head) {
        m_body = {};
    } else if (m_body.kind == BodyFraming::Kind::none) {
        m_body.kind = BodyFraming::Kind::untilClose;
        m_keepAlive = false;
    }
    return ParseStatus::complete;
}

} // namespace mainstay::wire
