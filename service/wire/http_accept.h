// SPDX-License-Identifier: GPL-3.0-or-later
// Which codings of content a client takes (RFC 9110 section 12.5.3).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace mainstay::wire {

enum class Coding : std::uint8_t { identity, gzip, brotli, zstd };

inline constexpr std::size_t kCodings = 4;

// "br"; empty for identity.
[[nodiscard]] std::string_view codingName(Coding coding) noexcept;

// Worker thread. What an Accept-Encoding field says.
class AcceptedCodings {
public:
    // Malformed parts are passed over. Without a field nothing but identity is taken.
    explicit AcceptedCodings(std::string_view field) noexcept;

    // In thousandths; 0 for what is not taken.
    [[nodiscard]] unsigned weight(Coding coding) const noexcept { return m_weights[static_cast<std::size_t>(coding)]; }
    // Of those that are offered the one with the greatest weight, and of several such the first. Identity when none is
    // taken, or the client would rather have that.
    [[nodiscard]] Coding best(std::span<const Coding> offered) const noexcept;

private:
    std::array<std::uint16_t, kCodings> m_weights{};
};

} // namespace mainstay::wire
