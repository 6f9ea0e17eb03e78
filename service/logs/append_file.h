// SPDX-License-Identifier: GPL-3.0-or-later
// A file that is only ever appended to, as logs are.
#pragma once

#include "base/clock.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mainstay::logs {

// One thread. Owns the open file; moves, does not copy.
class AppendFile {
public:
    struct State {
        bool isRegular = false; // and no pipe or device
        bool isMoved = false;   // the path leads to another file, or to none
        std::uint64_t size = 0;
        WallTime changed;
    };

    AppendFile() noexcept = default;
    ~AppendFile();
    AppendFile(AppendFile &&other) noexcept;
    AppendFile &operator=(AppendFile &&other) noexcept;

    // Creates the file with mode 0640 when it is missing. What a crash left of a line at its end is ended. Fails with
    // "log.open".
    [[nodiscard]] static Result<AppendFile> open(const std::string &path);
    // Two system calls.
    [[nodiscard]] State state() const noexcept;
    // The file moves to `aside`, and a new one is in its place. Nothing has changed when that fails, with "log.rotate".
    [[nodiscard]] Result<> rotate(const std::string &aside);

    [[nodiscard]] bool isOpen() const noexcept { return m_handle >= 0; }
    // Bytes written, perhaps fewer than given. Fails with "log.write".
    [[nodiscard]] Result<std::size_t> append(std::string_view bytes);

private:
    int m_handle = -1;
    std::string m_path;
};

} // namespace mainstay::logs
