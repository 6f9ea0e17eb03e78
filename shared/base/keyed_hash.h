// SPDX-License-Identifier: GPL-3.0-or-later
// A hash that nobody can foresee who does not have its key, so that nobody can fill one place of a table.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace mainstay {

// Immutable. SipHash-2-4 (Aumasson and Bernstein, 2012).
class KeyedHash {
public:
    using Key = std::array<std::uint64_t, 2>;

    // With a key drawn at random.
    KeyedHash();
    explicit KeyedHash(const Key &key) noexcept : m_key(key) {}

    [[nodiscard]] std::uint64_t operator()(std::string_view bytes) const noexcept;

private:
    Key m_key;
};

} // namespace mainstay
