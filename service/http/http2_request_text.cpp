// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/http2_request_text.h"

#include "wire/http_field.h"

#include <utility>

namespace mainstay::http {

namespace {

constexpr std::size_t kUsualHead = 768;

} // namespace

void Http2RequestText::add(std::string_view name, std::string_view value)
{
    constexpr std::size_t kAround = 4; // ": " and the end of the line
    m_size += name.size() + value.size() + kAround;
    if (m_size > m_limit)
        return;
    if (name.starts_with(':'))
        return addPseudo(name, value);
    const wire::KnownField field = wire::knownField(name);
    if (wire::isHopByHop(field) && field != wire::KnownField::te) // which says "trailers" here, if it is there
        return;
    if (field == wire::KnownField::host) {
        m_host = value;
        return;
    }
    if (name == "cookie") {
        m_cookies += m_cookies.empty() ? "" : "; ";
        m_cookies += value;
        return;
    }
    m_hasLength |= field == wire::KnownField::contentLength;
    addLine(name, value);
}

void Http2RequestText::addPseudo(std::string_view name, std::string_view value)
{
    if (name == ":method")
        m_method = value;
    else if (name == ":authority")
        m_authority = value;
    else if (name == ":path")
        m_path = value;
}

void Http2RequestText::addLine(std::string_view name, std::string_view value)
{
    beginText();
    m_text.append(name).append(": ", 2).append(value).append("\r\n", 2);
}

// What the first line says comes before all fields (RFC 9113 section 8.3).
void Http2RequestText::beginText()
{
    if (!m_text.empty())
        return;
    m_text.reserve(kUsualHead);
    appendTarget(m_text);
    m_text += " HTTP/1.1\r\n";
}

void Http2RequestText::appendTarget(std::string &line) const
{
    line.append(m_method.empty() ? "GET" : m_method).append(1, ' ');
    if (!m_path.empty())
        line += m_path;
    else
        line += m_authority.empty() ? "/" : m_authority; // CONNECT has no path
}

std::string Http2RequestText::firstLine() const
{
    std::string line;
    appendTarget(line);
    return line.append(" HTTP/2.0");
}

std::string Http2RequestText::finish(bool isChunked)
{
    beginText();
    if (const std::string &host = m_authority.empty() ? m_host : m_authority; !host.empty())
        addLine("host", host);
    if (!m_cookies.empty())
        addLine("cookie", m_cookies);
    if (isChunked)
        addLine("transfer-encoding", "chunked");
    if (m_size <= m_limit)
        m_text += "\r\n";
    else
        m_text.resize(m_limit, ' ');
    return std::move(m_text);
}

} // namespace mainstay::http
