// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/mirror_copy.h"

#include "wire/http1_writer.h"

#include <array>

namespace mainstay::http {

MirrorCopy::MirrorCopy(std::size_t &places, std::shared_ptr<const snapshot::Backend> to, std::string_view head,
                       wire::Method method, bool isChunked)
    : m_places(places), m_backend(std::move(to)), m_request(head), m_headSize(head.size()), m_method(method),
      m_isChunked(isChunked)
{
    ++m_places;
}

bool MirrorCopy::add(std::string_view content)
{
    if (m_request.size() - m_headSize + content.size() > kMostBody)
        return false;
    m_request += content;
    return true;
}

std::string MirrorCopy::takeRequest()
{
    if (m_isChunked) {
        if (const std::size_t size = m_request.size() - m_headSize; size > 0) {
            std::array<char, 18> framing;
            m_request.insert(m_headSize, framing.data(), wire::writeChunkSize(size, framing.data()));
            m_request += "\r\n";
        }
        m_request += wire::kLastChunk;
    }
    return std::move(m_request);
}

} // namespace mainstay::http
