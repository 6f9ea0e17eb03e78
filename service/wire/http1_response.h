// SPDX-License-Identifier: GPL-3.0-or-later
// The head of an HTTP/1 response, as strict as that of a request: what a server sends decides where it ends.
#pragma once

#include "wire/http1_head.h"
#include "wire/http_method.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mainstay::wire {

// Worker thread. About 1 KiB, trivially copyable, never allocates.
class ResponseHead : public Http1Head {
public:
    // Reads a head from the front of `bytes`, as RequestHead::parse() does. `requestMethod` is what it answers, for a
    // response to HEAD has no body whatever its fields say.
    [[nodiscard]] ParseStatus parse(std::string_view bytes, Method requestMethod,
                                    std::size_t limit = kDefaultLimit) noexcept;
    // Makes the object ready for the next response, as after a 1xx.
    void reset() noexcept;

    // 100 to 599.
    [[nodiscard]] unsigned status() const noexcept { return m_status; }
    // May be empty.
    [[nodiscard]] std::string_view reason() const noexcept { return view(m_reason); }
    // 1xx but 101: another head follows.
    [[nodiscard]] bool interim() const noexcept { return m_status < 200 && m_status != 101; }

private:
    void readStatusLine(std::string_view line) noexcept;
    [[nodiscard]] ParseStatus finish(Method requestMethod) noexcept;

    std::uint16_t m_status = 0;
    Span m_reason;
};

} // namespace mainstay::wire
