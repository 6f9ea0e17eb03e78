// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/output_capture.h"

#include <array>
#include <cerrno>
#include <unistd.h>

namespace mainstay::guard {

OutputCapture::OutputCapture(EventLoop &loop, Log &log, std::string speaker, handover::Descriptor output,
                             std::function<void()> ended)
    : m_log(log), m_speaker(std::move(speaker)), m_output(std::move(output)), m_ended(std::move(ended)),
      m_readable(loop.whenReadable(m_output.number(), [this] {
          if (readOnce())
              return;
          m_readable.cancel();
          const auto atEnd = std::move(m_ended);
          atEnd();
      }))
{}

OutputCapture::~OutputCapture()
{
    m_lines.finish([this](std::string_view line) { m_log.line(m_speaker, line); });
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
    if (length > 0)
        m_lines.feed(std::string_view(bytes.data(), static_cast<std::size_t>(length)),
                     [this](std::string_view line) { m_log.line(m_speaker, line); });
    return length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR));
}

} // namespace mainstay::guard
