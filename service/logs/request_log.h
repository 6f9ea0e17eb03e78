// SPDX-License-Identifier: GPL-3.0-or-later
// A log as the configuration has it: which requests are written, how, and where to.
#pragma once

#include "logs/access_line.h"

#include <cstdint>
#include <memory>

namespace mainstay::logs {

class AccessLog;

// Immutable. Which requests are written.
struct Selection {
    enum class Which : std::uint8_t { all, errors, slow };

    Which which = Which::all;
    std::uint32_t sample = 1; // of those that went well, one in so many
    std::int64_t slowMicros = 1'000'000;

    // `draw` is random.
    [[nodiscard]] bool takes(const AccessRecord &record, std::uint32_t draw) const noexcept
    {
        const bool slow = isSlow(record);
        const bool error = record.status >= 400;
        if (which == Which::slow)
            return slow;
        if (which == Which::errors)
            return error;
        return sample == 1 || slow || error || draw % sample == 0;
    }
    // What the record is one of, if it is taken.
    [[nodiscard]] std::uint32_t weight(const AccessRecord &record) const noexcept
    {
        return which == Which::all && record.status < 400 && !isSlow(record) ? sample : 1;
    }

private:
    // A change of protocol lasts as long as both sides like.
    [[nodiscard]] bool isSlow(const AccessRecord &record) const noexcept
    {
        return record.micros >= slowMicros && record.status != 101;
    }
};

// Immutable.
struct RequestLog {
    std::shared_ptr<AccessLog> log;
    LineFormat format;
    Selection selection;
};

} // namespace mainstay::logs
