// SPDX-License-Identifier: GPL-3.0-or-later
// Files that are whole or not there, and secrets that leave no trace in memory.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace mainstay::certificates {

// A file's text, wiped when it goes. One owner.
class SecretText {
public:
    explicit SecretText(std::size_t size) : m_text(size, '\0') {}
    SecretText(SecretText &&other) noexcept = default;
    SecretText &operator=(SecretText &&) = delete;
    ~SecretText();

    [[nodiscard]] std::string_view view() const noexcept { return m_text; }
    [[nodiscard]] std::span<char> space() noexcept { return m_text; } // filled in place: growing would leave copies

private:
    std::string m_text;
};

enum class Readers : unsigned { everyone = 0644, ownerAlone = 0600 };

// Any thread. Fails with "file.missing", "file.unreadable" or, past 1 MiB, "file.too-large", naming the file.
[[nodiscard]] Result<SecretText> readFile(const std::filesystem::path &file);

// With the FolderLock of its folder held. After a crash at any moment `file` holds what it held before or all of
// `text`. The bytes pass through FILE.new. Fails with "file.unwritable".
[[nodiscard]] Result<> writeWholeFile(const std::filesystem::path &file, std::string_view text, Readers readers);

// True when every user of the machine may read the file.
[[nodiscard]] bool isWorldReadable(const std::filesystem::path &file);

// Any thread. Held by one process and one object at a time; the rest wait. The lock file stays behind, empty; what a
// crash left half written is removed.
class FolderLock {
public:
    // Makes the folder where needed. Fails with "file.unwritable".
    static Result<FolderLock> acquire(const std::filesystem::path &folder);
    FolderLock(FolderLock &&other) noexcept : m_descriptor(std::exchange(other.m_descriptor, -1)) {}
    FolderLock &operator=(FolderLock &&) = delete;
    ~FolderLock();

private:
    explicit FolderLock(int descriptor) noexcept : m_descriptor(descriptor) {}

    int m_descriptor;
};

} // namespace mainstay::certificates
