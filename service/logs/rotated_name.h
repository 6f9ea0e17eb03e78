// SPDX-License-Identifier: GPL-3.0-or-later
// What a log's file is called once a new one was begun: "access.log.20261126T235959Z", and behind that ".gz" or ".zst".
#pragma once

#include "base/clock.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mainstay::logs {

// Immutable. In the order they were moved aside.
struct RotatedName {
    std::string time;
    std::uint32_t number = 1; // among those of the same second
    std::string coding;       // "", ".gz" or ".zst"; with ".part" while it is being written

    [[nodiscard]] bool isPart() const { return coding.ends_with(".part"); }
    // Whether both are the same file, compressed or not.
    [[nodiscard]] bool isSameFile(const RotatedName &other) const
    {
        return time == other.time && number == other.number;
    }

    friend auto operator<=>(const RotatedName &, const RotatedName &) = default;
};

// Of a name in the log's folder; nothing when it is none that was moved aside here. `log`: the name of the log's file.
[[nodiscard]] std::optional<RotatedName> parseRotatedName(std::string_view name, std::string_view log);
// A path beside that of the log, which no file has, compressed or not.
[[nodiscard]] std::string freeRotatedName(const std::string &log, WallTime now);

} // namespace mainstay::logs
