// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/final_head.h"

namespace mainstay::http {

wire::ParseStatus FinalHead::parse(engine::Buffer &in, wire::ResponseHead &head, wire::Method method)
{
    while (!in.isEmpty()) {
        const wire::ParseStatus parsed = head.parse(in.view(), method);
        if (parsed != wire::ParseStatus::complete || !head.interim())
            return parsed;
        if (++m_interim > kMostInterim)
            return wire::ParseStatus::malformed;
        in.consume(head.length());
        head.reset();
    }
    return wire::ParseStatus::needMore;
}

} // namespace mainstay::http
