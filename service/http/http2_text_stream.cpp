// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/http2_text_stream.h"

#include "wire/http1_writer.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mainstay::http {

Http2TextStream::Http2TextStream(Http2Link &link, engine::Loop &loop, std::int32_t id)
    : Stream(loop), m_link(link), m_id(id), m_out(loop.buffers())
{}

bool Http2TextStream::hasUnreadMessage() const noexcept
{
    return m_headRead < m_readHead.size() || m_unread > 0 || !m_framing.empty() ||
           (m_isChunked && m_readEnded && !m_lastChunkRead);
}

void Http2TextStream::addHead(std::string text, bool isChunked)
{
    if (unreadHead() == 0)
        m_readHead = std::move(text);
    else
        m_readHead.erase(0, m_headRead) += text;
    m_headRead = 0;
    m_isChunked = isChunked;
    report({.readable = true});
}

void Http2TextStream::takeData(std::string_view data)
{
    if (data.size() > m_window - std::min(m_unread, m_window)) {
        m_link.consumed(m_id, data.size());
        return m_link.reset(m_id);
    }
    m_unread += data.size();
    while (!data.empty()) {
        if (m_in.empty() || m_in.back().isFull())
            m_in.emplace_back(loop().buffers());
        const std::size_t count = std::min(data.size(), m_in.back().room().size());
        m_in.back().append(data.substr(0, count));
        data.remove_prefix(count);
    }
    report({.readable = true});
}

void Http2TextStream::dropUnread()
{
    if (m_unread > 0)
        m_link.consumed(m_id, std::exchange(m_unread, 0));
    m_in.clear();
}

void Http2TextStream::noteRead(std::size_t count)
{
    m_unread -= count;
    m_in.front().consume(count);
    if (m_in.front().isEmpty())
        m_in.erase(m_in.begin()); // of a few at the most
    m_link.consumed(m_id, count);
    m_readOfWindow += count;
    if (m_readEnded || m_unread > 0 || m_readOfWindow < m_window)
        return;
    m_window += m_link.widen(m_id, m_window);
    m_readOfWindow = 0;
}

void Http2TextStream::takeTrailer(std::string_view name, std::string_view value)
{
    constexpr std::size_t kAround = 4; // ": " and the end of the line
    if (name.starts_with(':'))
        return;
    if (m_readTrailers.size() + name.size() + value.size() + kAround > wire::ChunkedDecoder::kMaxTrailerBytes)
        return m_link.reset(m_id); // the one left out might be what says that all went wrong
    m_readTrailers.append(name).append(": ").append(value).append("\r\n");
}

void Http2TextStream::takeEnd()
{
    m_readEnded = true;
    report({.readable = true});
}

std::string_view Http2TextStream::nextFraming()
{
    if (!m_framing.empty() || !m_isChunked || m_chunkLeft > 0 || m_lastChunkRead)
        return m_framing;
    if (m_unread > 0) {
        std::array<char, 18> size;
        m_framing.assign(size.data(), wire::writeChunkSize(m_unread, size.data()));
        m_chunkLeft = m_unread;
    } else if (m_readEnded) {
        m_framing = m_readTrailers.empty() ? std::string(wire::kLastChunk) : "0\r\n" + m_readTrailers + "\r\n";
        m_lastChunkRead = true;
    }
    return m_framing;
}

engine::Stream::Outcome Http2TextStream::readMessage(std::span<char> room) noexcept
{
    std::size_t size = 0;
    const auto put = [&](std::string_view bytes) {
        const std::size_t count = bytes.copy(room.data() + size, room.size() - size);
        size += count;
        return count;
    };
    m_headRead += put(std::string_view(m_readHead).substr(m_headRead));
    while (size < room.size()) {
        if (!nextFraming().empty()) {
            m_framing.erase(0, put(m_framing));
            continue;
        }
        std::string_view content = m_in.empty() ? std::string_view{} : m_in.front().view();
        if (m_isChunked)
            content = content.substr(0, m_chunkLeft);
        if (content.empty())
            break;
        const std::size_t count = put(content);
        noteRead(count);
        if (m_isChunked && (m_chunkLeft -= count) == 0)
            m_framing = "\r\n";
    }
    if (size > 0)
        return {Attempt::done, size, !hasUnreadMessage()};
    return {Attempt::wantsRead};
}

engine::Stream::Outcome Http2TextStream::writeSome(const engine::Pieces &pieces) noexcept
{
    if (m_isClosed)
        return {Attempt::failed};
    std::size_t allowed = sendLimit(pieces.size());
    std::size_t size = 0;
    for (std::string_view part : pieces.parts) {
        part = part.substr(0, allowed);
        allowed -= part.size();
        while (!part.empty()) {
            const std::size_t before = part.size();
            const bool isFine = m_written == Written::head ? collectHead(part) : takeContent(part);
            size += before - part.size();
            if (!isFine)
                return {Attempt::failed, size};
            if (part.size() == before)
                return {Attempt::wantsWrite, size};
        }
    }
    return {Attempt::done, size};
}

engine::Stream::Outcome Http2TextStream::writeFile(const engine::FileRange &file) noexcept
{
    if (m_isClosed || m_written != Written::length)
        return {Attempt::failed};
    if (m_out.isFull())
        m_out.compact();
    if (m_out.isFull())
        return {Attempt::wantsWrite};
    const std::span<char> room = m_out.room();
    const std::size_t wanted = sendLimit(static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), file.length)));
    const std::size_t count = engine::readFile(file, room.first(wanted));
    if (count == 0)
        return {Attempt::failed};
    m_out.append(count);
    m_lengthLeft -= std::min<std::uint64_t>(count, m_lengthLeft);
    if (m_lengthLeft == 0)
        m_written = Written::whole;
    m_link.resume(m_id);
    return {Attempt::done, count};
}

bool Http2TextStream::collectHead(std::string_view &bytes)
{
    constexpr std::string_view kEnd = "\r\n\r\n";
    const bool isBegun = !m_writtenHead.empty();
    std::string_view whole = bytes;
    if (isBegun) {
        m_writtenHead += bytes;
        whole = m_writtenHead;
    }
    const std::size_t end = whole.find(kEnd);
    if (end == std::string_view::npos) {
        if (!isBegun)
            m_writtenHead = bytes;
        bytes = {};
        return m_writtenHead.size() <= engine::kBlockSize;
    }
    const std::size_t behind = whole.size() - end - kEnd.size();
    wire::BodyFraming framing;
    bool isInterim = false;
    const bool isFine = takeHead(whole.substr(0, end + kEnd.size()), framing, isInterim);
    if (isFine && !isInterim) {
        m_lengthLeft = framing.length;
        m_written = !framing.hasBody()                                 ? Written::whole
                    : framing.kind == wire::BodyFraming::Kind::chunked ? Written::chunks
                                                                       : Written::length;
    }
    bytes.remove_prefix(bytes.size() - behind);
    m_writtenHead.clear();
    return isFine;
}

bool Http2TextStream::takeContent(std::string_view &bytes)
{
    if (m_written == Written::whole)
        return false; // more than was announced
    if (m_out.isFull())
        m_out.compact();
    std::size_t room = m_out.isFull() ? 0 : m_out.room().size();
    while (!bytes.empty() && room > 0 && m_written != Written::whole) {
        std::string_view content;
        if (m_written == Written::length) {
            content = bytes.substr(0, std::min<std::uint64_t>(room, m_lengthLeft));
            m_lengthLeft -= content.size();
            bytes.remove_prefix(content.size());
            if (m_lengthLeft == 0)
                m_written = Written::whole;
        } else {
            const wire::ChunkedDecoder::Step step = m_decoder.feed(bytes.substr(0, room));
            content = step.data;
            bytes.remove_prefix(step.consumed);
            if (step.status == wire::ParseStatus::complete)
                m_written = Written::whole;
            else if (step.status != wire::ParseStatus::needMore)
                return false;
        }
        m_out.append(content);
        room -= content.size();
    }
    m_out.trim();
    m_link.resume(m_id);
    return true;
}

std::size_t Http2TextStream::giveData(std::span<char> room, bool &isEnd)
{
    const std::size_t count = m_out.view().copy(room.data(), room.size());
    m_out.consume(count);
    isEnd = m_out.isEmpty() && m_written == Written::whole;
    return count;
}

void Http2TextStream::shutdownSend() noexcept
{
    if (!m_isClosed && m_written != Written::whole)
        m_link.reset(m_id);
}

} // namespace mainstay::http
