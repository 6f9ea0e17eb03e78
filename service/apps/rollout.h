// SPDX-License-Identifier: GPL-3.0-or-later
// What to do next so that an app comes to have the instances it should, with no gap for its clients.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mainstay::apps {

// Immutable. One instance, as this decision sees it. Those that are leaving already are left out.
struct Member {
    bool current = true; // as the configuration wants it; others are to be replaced
    bool ready = false;
};

// Immutable.
struct RolloutStep {
    std::uint32_t start = 0;
    std::vector<std::size_t> drain; // by index

    friend bool operator==(const RolloutStep &, const RolloutStep &) = default;
};

// Any thread. The first instances of an app start together; replacements one by one, each old instance staying until a
// new one is ready. `wanted` is 0 for an app that is gone.
[[nodiscard]] RolloutStep nextStep(std::span<const Member> members, std::uint32_t wanted);

} // namespace mainstay::apps
