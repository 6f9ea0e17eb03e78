// SPDX-License-Identifier: GPL-3.0-or-later
// The head of a request as it comes in, read as far as it takes to decide whether its body is wanted.
#pragma once

#include "apphost/message.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace mainstay::apphost {

// One thread. QtHttpServer parses the request for good: this one only has to be no more lenient about length and token.
class HeadScanner {
public:
    static constexpr std::size_t kMaxHead = 64 << 10;

    // More of the request's bytes.
    void add(std::string_view bytes);
    [[nodiscard]] bool isComplete() const { return m_complete; }
    [[nodiscard]] bool isTooLong() const { return !m_complete && m_text.size() > kMaxHead; }

    // Of a complete head.
    [[nodiscard]] const Headers &headers() const { return m_headers; }
    // The largest that is named; what is no number counts as endless. 0 when none is.
    [[nodiscard]] std::size_t contentLength() const;
    // At least where it is asked for.
    [[nodiscard]] bool wantsClose() const;
    [[nodiscard]] bool expectsContinue() const;
    [[nodiscard]] bool isChunked() const;

private:
    void parse();
    [[nodiscard]] bool hasValue(std::string_view name, std::string_view value) const;

    std::string m_text;
    Headers m_headers;
    bool m_complete = false;
};

} // namespace mainstay::apphost
