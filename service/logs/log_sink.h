// SPDX-License-Identifier: GPL-3.0-or-later
// Where the lines of a log go in the end.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <cstddef>
#include <optional>
#include <string_view>

namespace mainstay::logs {

// One thread: the log's own. Nothing here waits for long.
class LogSink {
public:
    LogSink() = default;
    LogSink(const LogSink &) = delete;
    LogSink &operator=(const LogSink &) = delete;
    virtual ~LogSink() = default;

    // Opens, or opens anew; what is open stays so while that fails.
    virtual Result<> open() = 0;
    // Before each buffer, which begins with a line, and with 0 when lookEvery() asks for it.
    virtual Result<> prepare(std::size_t bytes) = 0;
    // The first of these whole lines. Bytes written, perhaps fewer than given.
    virtual Result<std::size_t> write(std::string_view lines) = 0;
    // How often prepare() wants to be called though nothing is written; nothing for never.
    [[nodiscard]] virtual std::optional<Milliseconds> lookEvery() const { return std::nullopt; }
};

} // namespace mainstay::logs
