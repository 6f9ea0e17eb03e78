// SPDX-License-Identifier: GPL-3.0-or-later
// The head of an HTTP/1 request, strict: what two servers could read in two ways is refused (RFC 9112 section 11).
#pragma once

#include "wire/http1_head.h"
#include "wire/http_authority.h"
#include "wire/http_method.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mainstay::wire {

// Worker thread. About 1 KiB, trivially copyable, never allocates.
class RequestHead : public Http1Head {
public:
    // RFC 9112 section 3.2.
    enum class TargetForm : std::uint8_t { origin, absolute, authority, asterisk };

    // Reads a head from the front of `bytes`. After `needMore`, call again with the same bytes (they may have moved)
    // and more behind them; what was read is not read again. A head of more than `limit` bytes is `tooLarge`.
    // One empty line before the request line is skipped (RFC 9112 section 2.2).
    [[nodiscard]] ParseStatus parse(std::string_view bytes, std::size_t limit = kDefaultLimit) noexcept;
    // Makes the object ready for the next request.
    void reset() noexcept;

    [[nodiscard]] Method method() const noexcept { return m_method; }
    [[nodiscard]] std::string_view methodText() const noexcept { return view(m_methodText); }
    [[nodiscard]] TargetForm targetForm() const noexcept { return m_targetForm; }
    // As it was sent.
    [[nodiscard]] std::string_view target() const noexcept { return view(m_target); }
    // The target from the path on, with its query: what to send to a server. Of an absolute target without a path
    // this is empty, and stands for "/".
    [[nodiscard]] std::string_view pathAndQuery() const noexcept { return view(m_pathAndQuery); }
    // Still percent-encoded: see normalizePath().
    [[nodiscard]] std::string_view path() const noexcept { return pathAndQuery().substr(0, m_pathLength); }
    // What follows the "?"; empty when there is none.
    [[nodiscard]] std::string_view query() const noexcept
    {
        const std::string_view text = pathAndQuery();
        return m_pathLength < text.size() ? text.substr(m_pathLength + std::size_t{1}) : std::string_view{};
    }
    // Host and port the request is for, valid. A target that names them and the Host field agree.
    // Empty only in HTTP/1.0.
    [[nodiscard]] std::string_view authority() const noexcept { return view(m_authority); }
    // The authority without its port. An IPv6 address keeps its brackets.
    [[nodiscard]] std::string_view host() const noexcept { return authority().substr(0, m_hostLength); }
    // The client waits for 100 before it sends the body (RFC 9110 section 10.1.1).
    [[nodiscard]] bool expectContinue() const noexcept { return m_expectContinue; }

private:
    void readRequestLine(std::string_view line) noexcept;
    void readTarget(std::string_view target) noexcept;
    void readAbsoluteTarget(std::string_view target) noexcept;
    void readPath(std::string_view pathAndQuery) noexcept;
    void readAuthority(std::string_view authority, Http1Error error) noexcept;
    [[nodiscard]] bool agreesWithTarget(const Authority &hostField) const noexcept;
    [[nodiscard]] ParseStatus finish() noexcept;

    Method m_method = Method::other;
    TargetForm m_targetForm = TargetForm::origin;
    bool m_expectContinue = false;
    bool m_emptyLineSkipped = false;
    std::uint16_t m_pathLength = 0;
    std::uint16_t m_hostLength = 0;
    Span m_methodText;
    Span m_target;
    Span m_pathAndQuery;
    Span m_authority;
};

} // namespace mainstay::wire
