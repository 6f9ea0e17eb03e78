// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/http2_fields.h"

#include "wire/http_chars.h"

#include <algorithm>
#include <span>

namespace mainstay::http {

void Http2Fields::add(std::string_view name, std::string_view value)
{
    if (m_count < m_fields.size())
        m_fields[m_count++] = {bytesOf(name.data()), bytesOf(value.data()), name.size(), value.size(),
                               NGHTTP2_NV_FLAG_NONE};
}

std::string_view Http2Fields::lower(std::string_view name)
{
    const std::size_t begin = m_copies.size();
    m_copies += name;
    const std::span<char> copy = std::span(m_copies).subspan(begin);
    std::transform(copy.begin(), copy.end(), copy.begin(), wire::toLower);
    return {copy.data(), copy.size()};
}

std::string_view Http2Fields::keep(std::string_view text)
{
    const std::size_t begin = m_copies.size();
    m_copies += text;
    return std::string_view(m_copies).substr(begin);
}

std::optional<std::uint32_t> endOfData(nghttp2_session *session, std::int32_t id, const std::string &trailers)
{
    if (trailers.empty())
        return NGHTTP2_DATA_FLAG_EOF;
    Http2Fields fields(trailers.size());
    for (std::string_view left = trailers; !left.empty();) {
        const std::string_view line = left.substr(0, left.find("\r\n"));
        left.remove_prefix(line.size() + 2);
        const std::size_t colon = line.find(':');
        if (fields.isFull())
            return std::nullopt;
        fields.addLower(line.substr(0, colon), wire::trimBlanks(line.substr(colon + 1)));
    }
    if (nghttp2_submit_trailer(session, id, fields.data(), fields.size()) != 0)
        return NGHTTP2_DATA_FLAG_EOF;
    return NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
}

} // namespace mainstay::http
