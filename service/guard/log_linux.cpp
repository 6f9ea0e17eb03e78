// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/log.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <poll.h>
#include <unistd.h>

namespace mainstay::guard {

void Log::line(std::string_view speaker, std::string_view text)
{
    if (m_pending.size() + speaker.size() + text.size() > kMaxPendingBytes) {
        ++m_dropped;
        return;
    }
    if (m_dropped > 0) {
        append("mainstayd", std::to_string(m_dropped) + " lines are missing here: nobody read this output");
        m_dropped = 0;
    }
    append(speaker, text);
    writeOrWatch();
}

void Log::flush(Milliseconds patience)
{
    write(SteadyClock::now() + patience);
}

void Log::append(std::string_view speaker, std::string_view text)
{
    m_pending.append(speaker).append(": ").append(text).append("\n");
}

void Log::writeOrWatch()
{
    write(SteadyClock::now());
    if (m_pending.empty()) {
        m_writable.cancel();
        m_watching = false;
    } else if (!m_watching) {
        m_writable = m_loop.whenWritable(m_descriptor, [this] { writeOrWatch(); });
        m_watching = true;
    }
}

// The descriptor is shared with other programs (the shell's terminal), so it cannot be made non-blocking. A pipe,
// terminal or socket that polls writable takes PIPE_BUF bytes without blocking.
void Log::write(SteadyTime deadline)
{
    std::size_t written = 0;
    while (written < m_pending.size()) {
        const auto left = std::chrono::ceil<Milliseconds>(deadline - SteadyClock::now()).count();
        pollfd entry{.fd = m_descriptor, .events = POLLOUT, .revents = 0};
        if (::poll(&entry, 1, static_cast<int>(std::max<Milliseconds::rep>(left, 0))) <= 0)
            break;
        const std::size_t size = std::min<std::size_t>(m_pending.size() - written, PIPE_BUF);
        const ssize_t taken = ::write(m_descriptor, m_pending.data() + written, size);
        if (taken > 0)
            written += static_cast<std::size_t>(taken);
        else if (errno != EINTR && errno != EAGAIN)
            written = m_pending.size(); // the reader is gone for good
        else
            break;
    }
    m_pending.erase(0, written);
}

} // namespace mainstay::guard
