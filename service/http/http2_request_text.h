// SPDX-License-Identifier: GPL-3.0-or-later
// The head of a request, brought field by field by HTTP/2, as HTTP/1.1 writes it: what is behind reads only that.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mainstay::http {

// Worker thread. Names and values are such as RFC 9113 section 8.2.1 allows: nothing in them ends a line.
class Http2RequestText {
public:
    // `limit` in bytes. What goes beyond it is dropped, and the text then has no end: a reader with the same limit
    // finds it too large.
    explicit Http2RequestText(std::size_t limit) : m_limit(limit) {}

    // Of fields and of pseudo-header fields (RFC 9113 section 8.3.1). Fields of the connection are dropped.
    void add(std::string_view name, std::string_view value);
    // Whether a field said how long the body is.
    [[nodiscard]] bool hasLength() const noexcept { return m_hasLength; }
    // Once, at its end. `isChunked`: what is behind is to read the body in chunks.
    [[nodiscard]] std::string finish(bool isChunked);
    // The first line of a request that comes to nothing, as far as it is known.
    [[nodiscard]] std::string firstLine() const;
    // Whether what came is more than so many times the limit.
    [[nodiscard]] bool isBeyond(std::size_t times) const noexcept { return m_size > m_limit * times; }

private:
    void addPseudo(std::string_view name, std::string_view value);
    void addLine(std::string_view name, std::string_view value);
    void beginText();
    void appendTarget(std::string &line) const;

    std::size_t m_limit;
    std::string m_text; // up to now; empty before the first field
    std::string m_method;
    std::string m_authority;
    std::string m_path;
    std::string m_host;    // for want of an authority
    std::string m_cookies; // which may come in crumbs (RFC 9113 section 8.2.3)
    std::size_t m_size = 0;
    bool m_hasLength = false;
};

} // namespace mainstay::http
