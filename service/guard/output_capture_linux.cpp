// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/output_capture.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <unistd.h>

namespace mainstay::guard {

namespace {

constexpr std::size_t kCostOfLine = 64; // in bytes that could be read meanwhile: empty lines cost time, too

} // namespace

OutputCapture::OutputCapture(EventLoop &loop, Sink sink, std::size_t mostInSecond, handover::Descriptor output,
                             std::function<void()> ended)
    : m_loop(loop), m_sink(std::move(sink)), m_mostInSecond(mostInSecond), m_output(std::move(output)),
      m_ended(std::move(ended))
{
    watch();
}

OutputCapture::~OutputCapture()
{
    m_lines.finish(m_sink);
}

void OutputCapture::watch()
{
    m_readable = m_loop.whenReadable(m_output.number(), [this] {
        if (!readOnce()) {
            m_readable.cancel();
            const auto atEnd = std::move(m_ended);
            return atEnd();
        }
        const SteadyTime now = SteadyClock::now();
        if (now - m_second >= Seconds(1)) {
            m_second = now;
            m_inSecond = 0;
        }
        if (m_mostInSecond == 0 || m_inSecond < m_mostInSecond)
            return;
        m_readable.cancel();
        m_pause = m_loop.after(std::chrono::ceil<Milliseconds>(m_second + Seconds(1) - now), [this] { watch(); });
    });
}

void OutputCapture::drain()
{
    // As much as a pipe holds, so that a child's children cannot keep the guard here.
    for (int turn = 0; turn < 4 && m_more && readOnce(); ++turn) {
    }
}

bool OutputCapture::readOnce()
{
    std::array<char, 16 * 1024> bytes; // NOLINT: filled by the kernel
    const ssize_t length = ::read(m_output.number(), bytes.data(), bytes.size());
    m_more = length > 0;
    if (length > 0) {
        const std::string_view output(bytes.data(), static_cast<std::size_t>(length));
        m_inSecond +=
            output.size() + kCostOfLine * static_cast<std::size_t>(std::count(output.begin(), output.end(), '\n'));
        m_lines.feed(output, m_sink);
    }
    return length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR));
}

} // namespace mainstay::guard
