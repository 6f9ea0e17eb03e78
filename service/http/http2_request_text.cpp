// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/http2_request_text.h"

#include "wire/http_field.h"

namespace mainstay::http {

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
    m_fields += name;
    m_fields += ": ";
    m_fields += value;
    m_fields += "\r\n";
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

std::string Http2RequestText::finish(bool hasBody) const
{
    const bool isWhole = m_size <= m_limit;
    std::string text;
    text.reserve(m_size + 64);
    text += m_method.empty() ? "GET" : m_method;
    text += ' ';
    if (!m_path.empty())
        text += m_path;
    else
        text += isWhole ? m_authority : "/"; // CONNECT has no path
    text += " HTTP/1.1\r\n";
    if (const std::string &host = m_authority.empty() ? m_host : m_authority; !host.empty())
        text += "host: " + host + "\r\n";
    text += m_fields;
    if (!m_cookies.empty())
        text += "cookie: " + m_cookies + "\r\n";
    if (hasBody && !m_hasLength)
        text += "transfer-encoding: chunked\r\n";
    if (isWhole)
        text += "\r\n";
    else
        text.resize(m_limit, ' ');
    return text;
}

} // namespace mainstay::http
