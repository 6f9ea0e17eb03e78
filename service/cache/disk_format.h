// SPDX-License-Identifier: GPL-3.0-or-later
// What a file of the disk tier holds: a front with what is known of the answer, and the content. Both have a sum, so
// that what a crash, a full disk or an ageing one made of them is never taken for an answer.
#pragma once

#include "cache/entry.h"
#include "cache/table.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mainstay::cache {

// The front, read.
struct DiskRecord {
    std::string text;
    std::string names;
    std::string values;
    std::string head; // in HTTP/1.1, whole
    Freshness freshness;
    std::uint64_t contentAt = 0;
    std::uint64_t contentSize = 0;
    std::uint64_t contentSum = 0;
    FilePlace file;
};

// What a front takes at the most, and what of it tells how long it is.
inline constexpr std::size_t kMostFront = std::size_t{256} * 1024;
inline constexpr std::size_t kFixedFront = 48;

[[nodiscard]] std::uint64_t diskSum(std::string_view bytes) noexcept;
[[nodiscard]] std::string writeFront(std::string_view text, std::string_view names, std::string_view values,
                                     const Entry &entry);
// How long it is, by its first kFixedFront bytes; 0 when it is none.
[[nodiscard]] std::size_t sizeOfFront(std::string_view fixed) noexcept;
// Nothing when it is not whole, or the file, of that size, cannot be.
[[nodiscard]] std::optional<DiskRecord> readFront(std::string_view front, std::uint64_t fileSize);

} // namespace mainstay::cache
