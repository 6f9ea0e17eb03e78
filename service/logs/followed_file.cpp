// SPDX-License-Identifier: GPL-3.0-or-later
#include "logs/followed_file.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

namespace mainstay::logs {

FollowedFile::FollowedFile(std::string path, std::uint64_t from)
    : m_path(std::move(path)), m_file(m_path, std::ios::binary), m_position(static_cast<std::streamoff>(from))
{}

std::vector<std::string> FollowedFile::newLines(std::size_t maxBytes)
{
    const std::streamoff before = m_position;
    readOn(maxBytes);
    if (m_position == before && wasReplaced()) {
        readOn(maxBytes); // what the old one got last
        if (m_position == before)
            openFromStart();
        readOn(maxBytes);
    }
    std::vector<std::string> lines;
    std::size_t start = 0;
    for (std::size_t end; (end = m_pending.find('\n', start)) != std::string::npos; start = end + 1)
        lines.push_back(m_pending.substr(start, end - start));
    m_pending.erase(0, start);
    if (m_pending.size() >= maxBytes)
        lines.push_back(std::exchange(m_pending, {}));
    return lines;
}

void FollowedFile::readOn(std::size_t maxBytes)
{
    if (!m_file.is_open() || m_pending.size() >= maxBytes)
        return;
    const std::size_t kept = m_pending.size();
    m_pending.resize(maxBytes);
    m_file.clear();
    m_file.seekg(m_position);
    m_file.read(m_pending.data() + kept, static_cast<std::streamsize>(maxBytes - kept));
    const auto got = std::max<std::streamsize>(m_file.gcount(), 0);
    m_pending.resize(kept + static_cast<std::size_t>(got));
    m_position += got;
}

bool FollowedFile::wasReplaced() const
{
    // A file that only grows has, read to its end, the size that was read; another one seldom has, and then as soon as
    // it grows.
    std::error_code error;
    const auto size = std::filesystem::file_size(m_path, error);
    return !error && (!m_file.is_open() || static_cast<std::streamoff>(size) != m_position);
}

void FollowedFile::openFromStart()
{
    m_file.close();
    m_file.clear();
    m_file.open(m_path, std::ios::binary);
    m_position = 0;
}

} // namespace mainstay::logs
