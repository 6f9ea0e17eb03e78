// SPDX-License-Identifier: GPL-3.0-or-later
// The head of an answer, past those that only say that it will come (RFC 9110 section 15.2).
#pragma once

#include "engine/buffer_pool.h"
#include "wire/http1_response.h"

namespace mainstay::http {

// Interim answers to one request. A server that sends more of them means no good.
inline constexpr unsigned kMostInterim = 32;

// Worker thread. For who has no use for interim ones.
class FinalHead {
public:
    // Takes them off the front of `in`, and parses what is behind them. `malformed` when there are too many.
    [[nodiscard]] wire::ParseStatus parse(engine::Buffer &in, wire::ResponseHead &head, wire::Method method);

private:
    unsigned m_interim = 0;
};

} // namespace mainstay::http
