// SPDX-License-Identifier: GPL-3.0-or-later
// A file that is only ever appended to, as logs are.
#pragma once

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace mainstay::logs {

// One thread. Owns the open file; moves, does not copy.
class AppendFile {
public:
    AppendFile() noexcept = default;
    ~AppendFile();
    AppendFile(AppendFile &&other) noexcept;
    AppendFile &operator=(AppendFile &&other) noexcept;

    // Creates the file with mode 0640 when it is missing. Fails with "log.open".
    [[nodiscard]] static Result<AppendFile> open(const std::string &path);

    [[nodiscard]] bool isOpen() const noexcept { return m_handle >= 0; }
    // Bytes written, perhaps fewer than given. Fails with "log.write".
    [[nodiscard]] Result<std::size_t> append(std::string_view bytes);

private:
    int m_handle = -1;
    std::string m_path;
};

} // namespace mainstay::logs
