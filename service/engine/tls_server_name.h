// SPDX-License-Identifier: GPL-3.0-or-later
// The host name a client asks for in its TLS hello (RFC 6066 section 3), in the one spelling that is looked up.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mainstay::engine {

// Immutable. Lower-case host name without a final dot; never an IP address, which a server name may not be.
class ServerName {
public:
    // Nothing when `text` is no host name: labels of 1 to 63 letters, digits, '-' and '_', 253 characters in all.
    static std::optional<ServerName> parse(std::string_view text) noexcept;

    [[nodiscard]] std::string_view text() const noexcept { return {m_text.data(), m_size}; }

private:
    ServerName() = default;

    static constexpr std::size_t kMaximumSize = 253;

    std::array<char, kMaximumSize> m_text;
    std::uint8_t m_size = 0;
};

} // namespace mainstay::engine
