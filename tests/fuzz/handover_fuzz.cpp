// SPDX-License-Identifier: GPL-3.0-or-later
// Any packet is refused or is a message with exactly one encoding.
#include "handover/messages.h"

#include <algorithm>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    const std::span packet(data, size);
    const auto message = mainstay::handover::decode(packet);
    if (message && !std::ranges::equal(mainstay::handover::encode(*message), packet))
        std::abort();
    return 0;
}
