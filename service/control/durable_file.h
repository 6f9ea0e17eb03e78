// SPDX-License-Identifier: GPL-3.0-or-later
// Changes to the disk that a crash or a loss of power leaves either undone or done.
#pragma once

#include "base/result.h"

#include <filesystem>
#include <string_view>
#include <vector>

namespace mainstay::control {

// Any thread, all of them. They fail with "file.unwritable", whose message names the path.

// Creates or replaces a file through a temporary one beside it (".NAME.new", mode 0600), and returns once it is on
// disk.
Result<> writeDurably(const std::filesystem::path &path, std::string_view text);

// Writes a file that nobody looks for yet, as in a folder that is renamed later.
Result<> writeSynced(const std::filesystem::path &path, std::string_view text);

// One thread. A file written by the piece, mode 0600, for which nobody looks yet; syncFiles() puts it on disk.
class GrowingFile {
public:
    explicit GrowingFile(std::filesystem::path path);
    ~GrowingFile();
    GrowingFile(const GrowingFile &) = delete;
    GrowingFile &operator=(const GrowingFile &) = delete;

    // Does nothing after the first error.
    void write(std::string_view piece);
    // The first error.
    [[nodiscard]] const Result<> &result() const { return m_result; }

private:
    std::filesystem::path m_path;
    int m_fd;
    Result<> m_result;
};

// Returns once these files of a folder are on disk; many take as long as a few.
Result<> syncFiles(const std::filesystem::path &folder, const std::vector<std::filesystem::path> &files);

// Makes the folder and those above it, with mode 0700.
Result<> makeFolder(const std::filesystem::path &path);

// Makes what was created, renamed and removed directly in the folder outlast a crash.
Result<> syncFolder(const std::filesystem::path &path);

// Removes a file, if there is one, and returns once that is on disk.
Result<> removeDurably(const std::filesystem::path &path);

// Renames within one folder, and returns once that is on disk.
Result<> renameDurably(const std::filesystem::path &from, const std::filesystem::path &to);

} // namespace mainstay::control
