// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared_state/rate_table.h"

#include "shared_state/scoped_key.h"

#include <algorithm>

namespace mainstay::shared_state {

RateTable::RateTable(std::size_t keys) : m_table(std::max<std::size_t>(keys / kWays, 1)) {}

std::uint64_t RateTable::key(std::uint64_t scope, std::string_view text) const noexcept
{
    return scopedKey(m_hash, scope, text);
}

std::chrono::nanoseconds RateTable::take(std::uint64_t key, const Rate &rate, SteadyTime now) noexcept
{
    const std::int64_t at = std::chrono::nanoseconds(now.time_since_epoch()).count();
    const std::scoped_lock lock(lockOf(key));
    auto &entries = neighboursOf(key).entries;
    auto entry = std::find_if(entries.begin(), entries.end(), [key](const Entry &one) { return one.key == key; });
    if (entry == entries.end()) {
        entry = std::min_element(entries.begin(), entries.end(),
                                 [](const Entry &left, const Entry &right) { return left.full < right.full; });
        *entry = {key, at};
    }
    const std::int64_t full = std::max(entry->full, at);
    const std::int64_t early = full - at - rate.tolerance.count();
    if (early > 0)
        return std::chrono::nanoseconds(early);
    entry->full = full + rate.interval.count();
    return std::chrono::nanoseconds(0);
}

void RateTable::giveBack(std::uint64_t key, const Rate &rate) noexcept
{
    const std::scoped_lock lock(lockOf(key));
    for (Entry &entry : neighboursOf(key).entries) {
        if (entry.key == key)
            entry.full -= rate.interval.count();
    }
}

} // namespace mainstay::shared_state
