// SPDX-License-Identifier: GPL-3.0-or-later
// A compressed copy of a file, whole or not there at all.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <stop_token>
#include <string>

namespace mainstay::logs {

enum class LogCoding : std::uint8_t { none, gzip, zstd };

// Makes `path` + ".gz" or ".zst" of it, which has that name only when it is whole and on the disk. Looks at `stop`
// again and again, and leaves nothing behind when that was asked for, or when it fails: with "log.archive".
[[nodiscard]] Result<> compressFile(const std::string &path, LogCoding coding, const std::stop_token &stop);

// Has the calling thread wait for all others, for the processor and the disk.
void lowerPriority() noexcept;

} // namespace mainstay::logs
