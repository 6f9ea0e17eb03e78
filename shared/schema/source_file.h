// SPDX-License-Identifier: GPL-3.0-or-later
// The files a configuration is read from.
#pragma once

#include "base/problem.h"
#include "base/result.h"
#include "schema/origins.h"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace mainstay::schema {

// Larger files, and more of them, are refused before they are parsed.
constexpr std::size_t kMaxFileSize = std::size_t{8} << 20;
constexpr std::size_t kMaxFiles = 1000;

// Immutable. A file's name and what stood in it at one time.
struct SourceFile {
    std::string path; // absolute; relative paths within are relative to its folder
    std::string text;
    Owner owner = Owner::files;

    friend bool operator==(const SourceFile &, const SourceFile &) = default;
};

// The text of a file of at most kMaxFileSize bytes. Fails with "file.unreadable" or "file.too-large".
[[nodiscard]] Result<std::string> readTextFile(const std::filesystem::path &path);

// Any thread. What stands on disk: `mainstay.toml` and `conf.d/*.toml` below the configuration folder, then
// `managed.d/*.toml` below the state folder, each folder in the order of names. A missing folder or file is no
// problem; one that cannot be read is added to `problems`, and the rest is read.
[[nodiscard]] std::vector<SourceFile> readSourceFiles(const std::filesystem::path &configFolder,
                                                      const std::filesystem::path &stateFolder, Problems &problems);

} // namespace mainstay::schema
