// SPDX-License-Identifier: GPL-3.0-or-later
// Text by the piece: whole lines, with plain line ends.
#pragma once

#include "base/regular_file.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace mainstay::zones {

// Any one thread. Reads rather than maps, so a file cut short while it is read is short and no signal.
class ZoneTextInput {
public:
    // The caller's text must live as long as this.
    explicit ZoneTextInput(std::string_view text);
    explicit ZoneTextInput(OpenedFile file);

    // At least this much is in a window, unless the text ends with it.
    static constexpr std::size_t kMargin = std::size_t{1} << 20;

    // What comes next, in whole lines; the last may lack its end. Empty at the end, or when a line is longer than
    // windows are, or when reading failed. Valid until the next call.
    [[nodiscard]] std::string_view window();
    // True when nothing comes after the last window.
    [[nodiscard]] bool isLast() const noexcept { return m_ended; }
    // True when a line was too long.
    [[nodiscard]] bool isStuck() const noexcept { return m_stuck; }
    // The errno of a failed read, or 0.
    [[nodiscard]] int error() const noexcept { return m_error; }
    void advance(std::size_t count) noexcept { m_begin += count; }

private:
    [[nodiscard]] std::size_t read(char *to, std::size_t room);
    void fill();

    OpenedFile m_file;
    std::string_view m_text; // what is not in the buffer yet, without a file
    std::size_t m_capacity;
    std::unique_ptr<char[]> m_buffer;
    std::size_t m_begin = 0;
    std::size_t m_end = 0;
    bool m_started = false;
    bool m_ended = false;
    bool m_stuck = false;
    int m_error = 0;
};

} // namespace mainstay::zones
