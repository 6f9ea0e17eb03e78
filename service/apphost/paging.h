// SPDX-License-Identifier: GPL-3.0-or-later
// The part of the rows that a client asks for: ?page=2&per_page=50.
#pragma once

#include "apphost/parameters.h"

#include <cstdint>

namespace mainstay::apphost {

// Immutable. Pages count from 1.
struct Paging {
    std::uint64_t page = 1;
    std::uint64_t perPage = 50;

    [[nodiscard]] std::uint64_t offset() const { return (page - 1) * perPage; }
};

// Any thread. `per_page` is at most `maxRows`, and so many, but not more than 50, when it is not asked for.
[[nodiscard]] Checked<Paging> readPaging(const std::string &query, std::uint64_t maxRows);

} // namespace mainstay::apphost
