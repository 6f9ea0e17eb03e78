// SPDX-License-Identifier: GPL-3.0-or-later
// A log, piece by piece, in gzip or Zstandard.
#pragma once

#include "logs/compressed_copy.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mainstay::logs {

// One thread.
class LogEncoder {
public:
    // gzip or zstd.
    explicit LogEncoder(LogCoding coding);
    LogEncoder(const LogEncoder &) = delete;
    LogEncoder &operator=(const LogEncoder &) = delete;
    ~LogEncoder();

    // What becomes of the piece, as far as it is known yet. Nothing when it has failed.
    [[nodiscard]] std::optional<std::string> encode(std::string_view piece, bool isLast);

private:
    struct Coder;
    struct Gzip;
    struct Zstd;

    std::unique_ptr<Coder> m_coder;
};

} // namespace mainstay::logs
