// SPDX-License-Identifier: GPL-3.0-or-later
// Telling without reading it whether a file is the one that was read.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>

namespace mainstay::control {

// Immutable. Which version of a file was read.
struct FileStamp {
    using Time = std::chrono::sys_time<std::chrono::nanoseconds>;

    // Any thread that may block on a disk. As the file is now; a file that is not there has a stamp too.
    [[nodiscard]] static FileStamp of(std::filesystem::path file);
    // Of a version that is not on disk: equal to none that is, nor to that of a missing file.
    [[nodiscard]] static FileStamp ofNone(std::filesystem::path file);

    std::filesystem::path file;
    Time modified;           // what was written
    Time changed;            // what was written, or its name, owner or mode; nobody can set this one back
    std::uint64_t inode = 0; // 0 for a missing file
    std::uint64_t size = 0;

    friend bool operator==(const FileStamp &, const FileStamp &) = default;
};

} // namespace mainstay::control
