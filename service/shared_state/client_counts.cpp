// SPDX-License-Identifier: GPL-3.0-or-later
#include "shared_state/client_counts.h"

#include "shared_state/scoped_key.h"

#include <algorithm>

namespace mainstay::shared_state {

ClientCounts::ClientCounts(std::size_t keys) : m_table(std::max<std::size_t>(keys / kWays, 1)) {}

std::uint64_t ClientCounts::key(std::uint64_t scope, std::string_view text) const noexcept
{
    return scopedKey(m_hash, scope, text);
}

std::optional<ClientCounts::Hold> ClientCounts::enter(std::uint64_t key, std::uint32_t most) noexcept
{
    const std::scoped_lock lock(lockOf(key));
    auto &entries = neighboursOf(key).entries;
    auto entry = std::find_if(entries.begin(), entries.end(),
                              [key](const Entry &one) { return one.count > 0 && one.key == key; });
    if (entry == entries.end())
        entry = std::find_if(entries.begin(), entries.end(), [](const Entry &one) { return one.count == 0; });
    if (entry == entries.end())
        return Hold();
    if (entry->count >= most)
        return std::nullopt;
    entry->key = key;
    ++entry->count;
    return Hold(*this, key, static_cast<std::uint32_t>(entry - entries.begin()));
}

void ClientCounts::leave(std::uint64_t key, std::uint32_t place) noexcept
{
    const std::scoped_lock lock(lockOf(key));
    --neighboursOf(key).entries[place].count;
}

} // namespace mainstay::shared_state
