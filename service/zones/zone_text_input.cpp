// SPDX-License-Identifier: GPL-3.0-or-later
#include "zones/zone_text_input.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace mainstay::zones {

namespace {

constexpr std::size_t kBuffer = 4 * ZoneTextInput::kMargin;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

} // namespace

ZoneTextInput::ZoneTextInput(std::string_view text)
    : m_text(text), m_capacity(std::min(kBuffer, text.size() + 1)),
      m_buffer(std::make_unique_for_overwrite<char[]>(m_capacity))
{}

ZoneTextInput::ZoneTextInput(OpenedFile file)
    : m_file(std::move(file)), m_capacity(kBuffer), m_buffer(std::make_unique_for_overwrite<char[]>(m_capacity))
{}

std::string_view ZoneTextInput::window()
{
    if (!m_ended && m_end - m_begin < kMargin)
        fill();
    const std::string_view all(m_buffer.get() + m_begin, m_end - m_begin);
    if (m_ended)
        return all;
    const std::size_t lastEnd = all.rfind('\n');
    m_stuck = lastEnd == std::string_view::npos;
    return m_stuck ? std::string_view() : all.substr(0, lastEnd + 1);
}

std::size_t ZoneTextInput::read(char *to, std::size_t room)
{
    if (!m_file) {
        const std::size_t taken = m_text.copy(to, room);
        m_text.remove_prefix(taken);
        return taken;
    }
    errno = 0;
    const std::size_t taken = std::fread(to, 1, room, m_file.get());
    if (taken < room && std::ferror(m_file.get()))
        m_error = errno != 0 ? errno : EIO;
    return taken;
}

void ZoneTextInput::fill()
{
    char *buffer = m_buffer.get();
    std::memmove(buffer, buffer + m_begin, m_end - m_begin);
    m_end -= std::exchange(m_begin, 0);

    const std::size_t room = m_capacity - m_end;
    const std::size_t taken = read(buffer + m_end, room);
    m_ended = taken < room;
    // A carriage return may have been the last of what was there.
    char *fresh = buffer + (m_end > 0 ? m_end - 1 : 0);
    m_end += taken;
    if (!std::exchange(m_started, true) && std::string_view(buffer, m_end).starts_with(kByteOrderMark))
        m_begin = kByteOrderMark.size();

    char *end = buffer + m_end;
    char *out = std::find(fresh, end, '\r');
    for (const char *in = out; in != end; ++in) {
        if (*in != '\r' || in + 1 == end || in[1] != '\n')
            *out++ = *in;
    }
    m_end = static_cast<std::size_t>(out - buffer);
}

} // namespace mainstay::zones
