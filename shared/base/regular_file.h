// SPDX-License-Identifier: GPL-3.0-or-later
// Opening what people name in a configuration.
#pragma once

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

namespace mainstay {

struct CloseFile {
    void operator()(std::FILE *file) const { std::fclose(file); }
};
using OpenedFile = std::unique_ptr<std::FILE, CloseFile>;

// Any thread that may block on a disk. For reading. Null, with the reason in errno, when it cannot be opened; EINVAL
// when it is a pipe or a device, on which a reader would wait for ever.
[[nodiscard]] inline OpenedFile openRegularFile(const std::filesystem::path &path)
{
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(path, error);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
        errno = std::filesystem::is_directory(status) ? EISDIR : EINVAL;
        return nullptr;
    }
    return OpenedFile(std::fopen(path.string().c_str(), "rb"));
}

} // namespace mainstay
