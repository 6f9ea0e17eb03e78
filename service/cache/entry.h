// SPDX-License-Identifier: GPL-3.0-or-later
// An answer that is kept.
#pragma once

#include "cache/budget.h"
#include "cache/rules.h"
#include "wire/http_accept.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mainstay::cache {

// Immutable. Content in one piece of memory, which whoever sends it holds.
struct Content {
    std::string bytes;
    Share share{};
};

// Immutable, but for the codings that are made of its content as they are asked for. Any thread.
class Entry {
public:
    // Of a head that is whole. Everything about one connection, the age and the length are left out; a Date is put in
    // where there is none. `share`: costOf() the head.
    Entry(const wire::ResponseHead &head, std::shared_ptr<const Content> content, const Freshness &freshness,
          bool keepsCookies, Share share);
    Entry(const Entry &) = delete;
    Entry &operator=(const Entry &) = delete;

    // What an entry takes besides its content, and at most.
    [[nodiscard]] static std::uint64_t costOf(const wire::ResponseHead &head) noexcept;

    [[nodiscard]] unsigned status() const noexcept { return m_status; }
    // From the status line to the length of the content, each line with its CRLF: the head but for its end.
    [[nodiscard]] std::string_view head() const noexcept { return m_head; }
    // The lines of fields in between.
    [[nodiscard]] std::string_view lines() const noexcept
    {
        return std::string_view(m_head).substr(m_linesAt, m_linesEnd - m_linesAt);
    }
    [[nodiscard]] const std::shared_ptr<const Content> &content() const noexcept { return m_content; }
    [[nodiscard]] const Freshness &freshness() const noexcept { return m_freshness; }
    [[nodiscard]] std::string_view etag() const noexcept { return m_etag; } // empty for none
    [[nodiscard]] std::optional<std::int64_t> lastModified() const noexcept { return m_lastModified; }
    [[nodiscard]] std::string_view lastModifiedText() const noexcept { return m_lastModifiedText; }
    [[nodiscard]] std::string_view contentType() const noexcept { return m_contentType; }
    // Whether its content may be put into a coding.
    [[nodiscard]] bool isPlain() const noexcept { return m_isPlain; }
    [[nodiscard]] std::uint64_t cost() const noexcept { return m_share.bytes(); }

    // The head of the answer to a validation of this one, put together with what is kept (section 3.2). `now`: its date
    // where it has none.
    [[nodiscard]] std::string refreshedHead(const wire::ResponseHead &update, bool keepsCookies,
                                            std::int64_t now) const;

    // What was made of the content; null while nobody has.
    [[nodiscard]] std::shared_ptr<const Content> coded(wire::Coding coding) const noexcept;
    void setCoded(wire::Coding coding, std::shared_ptr<const Content> content) const noexcept;

private:
    unsigned m_status;
    std::string m_head;
    std::uint32_t m_linesAt = 0;
    std::uint32_t m_linesEnd = 0;
    std::shared_ptr<const Content> m_content;
    Freshness m_freshness;
    std::string m_etag;
    std::string m_lastModifiedText;
    std::optional<std::int64_t> m_lastModified;
    std::string m_contentType;
    bool m_isPlain = false;
    mutable std::array<std::atomic<std::shared_ptr<const Content>>, wire::kCodings> m_coded;
    Share m_share;
};

} // namespace mainstay::cache
