// SPDX-License-Identifier: GPL-3.0-or-later
// The fields of a message on their way into HTTP/2.
#pragma once

#include "wire/http1_head.h"

#include <nghttp2/nghttp2.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mainstay::http {

// nghttp2 has text as bytes. What it is handed it copies, and does not change.
[[nodiscard]] inline std::string_view textOf(const std::uint8_t *bytes, std::size_t size) noexcept
{
    return {reinterpret_cast<const char *>(bytes), size};
}
[[nodiscard]] inline std::uint8_t *bytesOf(const char *text) noexcept
{
    return reinterpret_cast<std::uint8_t *>(const_cast<char *>(text));
}

// Worker thread. Gathers the fields of one head or trailer section, their names in lower case (RFC 9113 section 8.2).
// What is added is looked at, not copied, until the fields have been submitted; of what is lowered or kept there is a
// copy.
class Http2Fields {
public:
    // `size` of all that is lowered or kept, at the most.
    explicit Http2Fields(std::size_t size) { m_copies.reserve(size); }

    // Of a field that has its name in lower case. What is too much is left out.
    void add(std::string_view name, std::string_view value);
    void addLower(std::string_view name, std::string_view value) { add(lower(name), value); }

    // A copy that lives as long as this.
    [[nodiscard]] std::string_view keep(std::string_view text);

    [[nodiscard]] const nghttp2_nv *data() const noexcept { return m_fields.data(); }
    [[nodiscard]] std::size_t size() const noexcept { return m_count; }
    [[nodiscard]] bool isFull() const noexcept { return m_count == m_fields.size(); }

private:
    [[nodiscard]] std::string_view lower(std::string_view name);

    std::array<nghttp2_nv, wire::Http1Head::kMaxFields + 8> m_fields;
    std::size_t m_count = 0;
    std::string m_copies;
};

// Called by who gives data, at their end: the flags that say so. `trailers`, lines "Name: value" each with its CRLF,
// are submitted, if there are any. Nothing when they are too many to be sent.
[[nodiscard]] std::optional<std::uint32_t> endOfData(nghttp2_session *session, std::int32_t id,
                                                     const std::string &trailers);

} // namespace mainstay::http
