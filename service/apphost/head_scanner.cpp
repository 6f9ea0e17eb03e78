// SPDX-License-Identifier: GPL-3.0-or-later
#include "apphost/head_scanner.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace mainstay::apphost {
namespace {

std::string_view trimmed(std::string_view text)
{
    const auto isBlank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (!text.empty() && isBlank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isBlank(text.back()))
        text.remove_suffix(1);
    return text;
}

std::string lower(std::string_view text)
{
    std::string result(text);
    for (char &c : result)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return result;
}

} // namespace

void HeadScanner::add(std::string_view bytes)
{
    const std::size_t from = m_text.size() < 3 ? 0 : m_text.size() - 3;
    m_text += bytes.substr(0, kMaxHead + 1);
    const std::size_t end = m_text.find("\r\n\r\n", from);
    if (end == std::string::npos)
        return;
    m_text.resize(end);
    m_complete = true;
    parse();
}

void HeadScanner::parse()
{
    std::string_view rest = m_text;
    for (bool isFirst = true; !rest.empty(); isFirst = false) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const std::size_t colon = line.find(':');
        if (!isFirst && colon != std::string_view::npos)
            m_headers.emplace_back(std::string(trimmed(line.substr(0, colon))),
                                   std::string(trimmed(line.substr(colon + 1))));
    }
}

std::size_t HeadScanner::contentLength() const
{
    std::size_t length = 0;
    for (const auto &[name, value] : m_headers) {
        if (lower(name) != "content-length")
            continue;
        std::size_t one = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), one);
        const bool isNumber = error == std::errc() && end == value.data() + value.size();
        length = std::max(length, isNumber ? one : std::numeric_limits<std::size_t>::max());
    }
    return length;
}

bool HeadScanner::hasValue(std::string_view name, std::string_view value) const
{
    return std::ranges::any_of(m_headers, [&](const auto &one) {
        return lower(one.first) == name && lower(one.second).find(value) != std::string::npos;
    });
}

bool HeadScanner::wantsClose() const
{
    return hasValue("connection", "close");
}

bool HeadScanner::expectsContinue() const
{
    return hasValue("expect", "100-continue");
}

bool HeadScanner::isChunked() const
{
    return hasValue("transfer-encoding", "chunked");
}

} // namespace mainstay::apphost
