// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/entry.h"

#include "wire/http1_writer.h"
#include "wire/http_chars.h"
#include "wire/http_date.h"

#include <algorithm>
#include <array>

namespace mainstay::cache {

namespace {

using wire::KnownField;

constexpr std::uint64_t kEntrySize = sizeof(Entry) + 128; // and what the allocator and the pointers take

// RFC 9111 section 3.1, and what is written anew each time.
bool isKept(const wire::ResponseHead &head, std::size_t i, bool keepsCookies) noexcept
{
    switch (head.id(i)) {
    case KnownField::age:
    case KnownField::contentLength:
    case KnownField::proxyAuthenticate:
        return false;
    case KnownField::setCookie:
        return keepsCookies && !head.hopByHop(i);
    default:
        return !head.hopByHop(i) && !wire::equalsIgnoringCase(head.name(i), "X-Cache");
    }
}

bool isOfContent(KnownField field) noexcept
{
    return field == KnownField::contentLength || field == KnownField::contentEncoding ||
           field == KnownField::contentRange;
}

std::string_view statusLineOf(const wire::ResponseHead &head, std::array<char, 512> &room) noexcept
{
    wire::HeadWriter writer(room);
    writer.statusLine(head.status(), head.reason().substr(0, 256));
    return {room.data(), writer.size()};
}

} // namespace

std::uint64_t Entry::costOf(const wire::ResponseHead &head) noexcept
{
    return kEntrySize + head.length() + 64; // Date, Content-Length
}

Entry::Entry(const wire::ResponseHead &head, std::shared_ptr<const Content> content, const Freshness &freshness,
             bool keepsCookies, Share share)
    : m_status(head.status()), m_content(std::move(content)), m_freshness(freshness),
      m_etag(head.find(KnownField::etag).value_or("")),
      m_lastModifiedText(head.find(KnownField::lastModified).value_or("")),
      m_contentType(head.find(KnownField::contentType).value_or("")), m_share(std::move(share))
{
    m_lastModified = wire::parseHttpDate(m_lastModifiedText, freshness.received);
    if (!m_lastModified)
        m_lastModifiedText.clear();
    m_isPlain = !head.has(KnownField::contentEncoding) && !CacheControl::of(head).noTransform;
    std::array<char, 512> room;
    m_head.reserve(head.length() + 64);
    m_head = statusLineOf(head, room);
    m_linesAt = static_cast<std::uint32_t>(m_head.size());
    for (std::size_t i = 0; i < head.fieldCount(); ++i) {
        if (isKept(head, i, keepsCookies))
            m_head.append(head.line(i)).append("\r\n");
    }
    if (!head.has(KnownField::date)) {
        const auto date = wire::formatHttpDate(freshness.received);
        m_head.append("Date: ").append(date.data(), date.size()).append("\r\n");
    }
    m_linesEnd = static_cast<std::uint32_t>(m_head.size());
    if (m_status != 204)
        m_head.append("Content-Length: ").append(std::to_string(m_content->bytes.size())).append("\r\n");
}

std::string Entry::refreshedHead(const wire::ResponseHead &update, bool keepsCookies, std::int64_t now) const
{
    const auto replaces = [&](std::string_view name) {
        if (wire::equalsIgnoringCase(name, "Date"))
            return true;
        for (std::size_t i = 0; i < update.fieldCount(); ++i) {
            if (isKept(update, i, keepsCookies) && !isOfContent(update.id(i)) &&
                wire::equalsIgnoringCase(update.name(i), name))
                return true;
        }
        return false;
    };
    std::string text(std::string_view(m_head).substr(0, m_linesAt));
    constexpr std::string_view kEnd = "\r\n";
    for (std::string_view left = lines(); !left.empty();) {
        const std::string_view line = left.substr(0, left.find(kEnd) + kEnd.size());
        if (!replaces(line.substr(0, line.find(':'))))
            text += line;
        left.remove_prefix(line.size());
    }
    for (std::size_t i = 0; i < update.fieldCount(); ++i) {
        const bool isAge = update.id(i) == KnownField::age; // counts for how old it is now
        if ((isKept(update, i, keepsCookies) || isAge) && !isOfContent(update.id(i)))
            text.append(update.line(i)).append(kEnd);
    }
    if (!update.has(KnownField::date)) {
        const auto date = wire::formatHttpDate(now);
        text.append("Date: ").append(date.data(), date.size()).append(kEnd);
    }
    return text.append(kEnd);
}

std::shared_ptr<const Content> Entry::coded(wire::Coding coding) const noexcept
{
    return m_coded[static_cast<std::size_t>(coding)].load(std::memory_order_acquire);
}

void Entry::setCoded(wire::Coding coding, std::shared_ptr<const Content> content) const noexcept
{
    m_coded[static_cast<std::size_t>(coding)].store(std::move(content), std::memory_order_release);
}

} // namespace mainstay::cache
