// SPDX-License-Identifier: GPL-3.0-or-later
// Cuts what a program prints into lines of bounded length.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace mainstay::guard {

// One thread. `sink` is called with each line without its end; a line longer than kMaxLineBytes comes in pieces.
class LineSplitter {
public:
    static constexpr std::size_t kMaxLineBytes = 8192;

    template <class Sink>
    void feed(std::string_view bytes, Sink &&sink)
    {
        while (!bytes.empty()) {
            const std::size_t end = bytes.find('\n');
            const std::size_t wanted = std::min(end, bytes.size());
            const std::size_t taken = std::min(wanted, kMaxLineBytes - m_partial.size());
            m_partial.append(bytes.substr(0, taken));
            const bool atEnd = taken == end;
            bytes.remove_prefix(atEnd ? taken + 1 : taken);
            // A line that just fills the bound waits for its end, so that no empty piece follows it.
            if (atEnd || (m_partial.size() == kMaxLineBytes && !bytes.empty() && bytes.front() != '\n'))
                flush(sink);
        }
    }
    // What is left when nothing more will come.
    template <class Sink>
    void finish(Sink &&sink)
    {
        if (!m_partial.empty())
            flush(sink);
    }

private:
    template <class Sink>
    void flush(Sink &&sink)
    {
        std::string_view line = m_partial;
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        sink(line);
        m_partial.clear();
    }

    std::string m_partial;
};

} // namespace mainstay::guard
