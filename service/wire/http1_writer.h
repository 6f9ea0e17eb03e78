// SPDX-License-Identifier: GPL-3.0-or-later
// Puts an HTTP/1 head together in memory the caller owns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace mainstay::wire {

// Carries what a server of ours knows us by; what a client says there is never passed on.
inline constexpr std::string_view kTokenField = "Mainstay-Token";

// Worker thread. Appends until something does not fit, and nothing from then on: check ok() once, at the end. The
// caller vouches for names and values: what came through Http1Head or from the service itself is safe.
class HeadWriter {
public:
    explicit HeadWriter(std::span<char> out) noexcept
        : m_begin(out.data()), m_at(out.data()), m_end(out.data() + out.size())
    {}

    // "HTTP/1.1 200 OK". Without a reason, the usual phrase.
    void statusLine(unsigned status, std::string_view reason = {}) noexcept;
    // "GET /path HTTP/1.1". A target without a path gets "/".
    void requestLine(std::string_view method, std::string_view target) noexcept;
    void field(std::string_view name, std::string_view value) noexcept
    {
        append(name);
        append(": ");
        append(value);
        append("\r\n");
    }
    void field(std::string_view name, std::uint64_t value) noexcept;
    // A line "Name: value" that is whole but for its CRLF, as Http1Head::line() returns it.
    void fieldLine(std::string_view line) noexcept
    {
        append(line);
        append("\r\n");
    }
    // The empty line.
    void end() noexcept { append("\r\n"); }

    void append(std::string_view text) noexcept
    {
        m_ok = m_ok && text.size() <= static_cast<std::size_t>(m_end - m_at);
        if (!m_ok)
            return;
        std::memcpy(m_at, text.data(), text.size());
        m_at += text.size();
    }

    [[nodiscard]] bool ok() const noexcept { return m_ok; }
    [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(m_at - m_begin); }

private:
    void number(std::uint64_t value) noexcept;

    char *m_begin;
    char *m_at;
    char *m_end;
    bool m_ok = true;
};

// The line before the content of one chunk: the size in hexadecimal and CRLF. `out` must hold 18 bytes; returns how
// many were written. The content is followed by CRLF, the body ends with kLastChunk.
[[nodiscard]] std::size_t writeChunkSize(std::uint64_t size, char *out) noexcept;
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

} // namespace mainstay::wire
