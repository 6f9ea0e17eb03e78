// SPDX-License-Identifier: GPL-3.0-or-later
// Files below a root folder, opened so that no path and no symbolic link leads out of it.
#pragma once

#include "engine/native_socket.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace mainstay::http {

// What tells one version of a file from another.
struct FileStamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t size = 0;
    std::int64_t modifiedNanoseconds = 0; // since 1970
    std::int64_t changedNanoseconds = 0;

    friend bool operator==(const FileStamp &, const FileStamp &) = default;
};

// Which symbolic links are followed.
enum class Links : std::uint8_t { inside, anywhere };

enum class OpenStatus : std::uint8_t {
    file,
    folder,
    missing,
    forbidden, // by permissions, or because it lies outside the root, or is neither file nor folder
    failed,    // of the system: too many open files, a disk that does not answer
};

// What a folder holds.
struct FolderEntry {
    std::string name;
    bool isFolder = false;
    bool isLink = false;       // of which the rest is not said here
    std::uint64_t size = 0;    // bytes
    std::int64_t modified = 0; // seconds since 1970
};

// Owns an open file.
class OpenFile {
public:
    OpenFile() = default;
    OpenFile(OpenFile &&other) noexcept : m_handle(std::exchange(other.m_handle, engine::kNoHandle)) {}
    OpenFile &operator=(OpenFile &&other) noexcept
    {
        std::swap(m_handle, other.m_handle);
        return *this;
    }
    ~OpenFile();

    // `path` is relative to the root, normalised, and does not start with a slash; empty is the root itself.
    static std::pair<OpenStatus, OpenFile> openBeneath(const std::string &root, const std::string &path,
                                                       Links links = Links::inside);

    [[nodiscard]] FileStamp stamp() const;
    // All of a file of `size` bytes; false when it could not be read or has another size by now.
    [[nodiscard]] bool readAll(std::string &out, std::size_t size) const;
    // Of a folder: files, folders and links, in no order, so many that are not hidden at the most. False when it cannot
    // be read.
    [[nodiscard]] bool readFolder(std::vector<FolderEntry> &out, std::size_t most) const;
    [[nodiscard]] engine::NativeHandle handle() const noexcept { return m_handle; }

private:
    engine::NativeHandle m_handle = engine::kNoHandle;
};

} // namespace mainstay::http
