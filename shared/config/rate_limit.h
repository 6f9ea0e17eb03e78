// SPDX-License-Identifier: GPL-3.0-or-later
// How often something may happen, and for whom, with its text form.
#pragma once

#include "base/clock.h"
#include "config/values.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace mainstay::config {

// Immutable. "10/s", "100/m burst 20", "1000/h by header X-API-Key", "5/s burst 10 by cookie session". Without a burst
// as many may come at once as in the whole time. Without "by" each client's address counts by itself; so does a request
// that lacks the field or cookie.
struct RateLimit {
    enum class Key : std::uint8_t { client, header, cookie };

    std::uint32_t count = 0;
    Milliseconds period{0}; // a second, a minute, an hour or a day
    std::uint32_t burst = 0;
    Key key = Key::client;
    std::string name; // of the field or cookie

    [[nodiscard]] bool empty() const { return count == 0; }
    // How many may come at once.
    [[nodiscard]] std::uint32_t depth() const { return burst == 0 ? count : burst; }

    static Result<RateLimit> parse(std::string_view text);
    [[nodiscard]] std::string text() const;

    friend auto operator<=>(const RateLimit &, const RateLimit &) = default;
};

template <>
inline constexpr const char *kTextPattern<RateLimit> =
    "^[1-9][0-9]*/[smhd]( burst [1-9][0-9]*)?( by (header|cookie) [^ ]+)?$";

} // namespace mainstay::config
