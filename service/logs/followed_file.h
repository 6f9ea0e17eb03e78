// SPDX-License-Identifier: GPL-3.0-or-later
// A log that grows, read line by line, across rotations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace mainstay::logs {

// One thread at a time, which may block on a disk.
class FollowedFile {
public:
    // Begins at an offset in the file as it is now.
    FollowedFile(std::string path, std::uint64_t from);

    // The whole lines that came since the last call, without their newlines, oldest first; those beyond `maxBytes`
    // come with the next call. A line longer than that is given in pieces. Never fails: a file that is gone for a
    // moment may come back.
    [[nodiscard]] std::vector<std::string> newLines(std::size_t maxBytes);

private:
    void readOn(std::size_t maxBytes);
    // Whether the path now leads to another file than the one that is open.
    [[nodiscard]] bool wasReplaced() const;
    void openFromStart();

    const std::string m_path;
    std::ifstream m_file;
    std::streamoff m_position;
    std::string m_pending; // read and not given out
};

} // namespace mainstay::logs
