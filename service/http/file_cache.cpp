// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/file_cache.h"

#include "http/media_types.h"
#include "wire/http_date.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

namespace mainstay::http {

namespace {

constexpr Milliseconds kTrusted{1000};
// Above this, sendfile() is cheaper than to copy out of memory.
constexpr std::size_t kLargestInMemory = std::size_t{32} * 1024;
constexpr std::size_t kMostBytes = std::size_t{64} * 1024 * 1024;
constexpr std::size_t kMostEntries = 16384;
constexpr std::size_t kMostOpenFiles = 256;

void appendHex(std::string &out, std::uint64_t value)
{
    std::array<char, 16> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
    out.append(digits.data(), end);
}

// Strong: changes with every change of the file that the system can tell.
std::string etagOf(const FileStamp &stamp)
{
    std::string etag = "\"";
    appendHex(etag, static_cast<std::uint64_t>(stamp.modifiedNanoseconds));
    etag += '-';
    appendHex(etag, stamp.inode);
    etag += '-';
    appendHex(etag, stamp.size);
    etag += '"';
    return etag;
}

} // namespace

FileCache::Found FileCache::find(const std::string &root, std::string_view path)
{
    m_key.assign(root);
    m_key += '\0';
    m_key += path;
    const SteadyTime now = m_loop.now();
    if (const auto place = m_places.find(m_key); place != m_places.end()) {
        const Place entry = place->second;
        if (entry != m_entries.begin())
            m_entries.splice(m_entries.begin(), m_entries, entry);
        if (now - entry->checked >= kTrusted) {
            account(*entry, -1);
            entry->found = load(root, std::string(path.substr(1)), entry->found);
            entry->checked = now;
            account(*entry, +1);
            Found found = entry->found;
            shrink();
            return found;
        }
        return entry->found;
    }
    Found found = load(root, std::string(path.substr(1)), {});
    m_entries.push_front({m_key, found, now});
    m_places.emplace(m_entries.front().key, m_entries.begin());
    account(m_entries.front(), +1);
    shrink();
    return found;
}

FileCache::Found FileCache::load(const std::string &root, const std::string &path, const Found &before)
{
    auto [status, opened] = OpenFile::openBeneath(root, path);
    if (status != OpenStatus::file)
        return {status, nullptr};
    const FileStamp stamp = opened.stamp();
    if (before.file && before.file->stamp == stamp)
        return before;
    auto file = std::make_shared<CachedFile>();
    file->stamp = stamp;
    if (stamp.size <= kLargestInMemory) {
        // A file being written to right now is tried once more, and served as it is read the second time.
        if (!opened.readAll(file->content, stamp.size)) {
            file->stamp = opened.stamp();
            if (file->stamp.size > kLargestInMemory || !opened.readAll(file->content, file->stamp.size))
                return {OpenStatus::failed, nullptr};
        }
    } else {
        file->file = std::move(opened);
    }
    file->etag = etagOf(file->stamp);
    // Never in the future (RFC 9110 section 8.8.2.1).
    file->modified = std::min<std::int64_t>(file->stamp.modifiedNanoseconds / 1'000'000'000, std::time(nullptr));
    const auto date = wire::formatHttpDate(file->modified);
    file->fields = "Content-Type: " + std::string(mediaTypeOf(path)) + "\r\nLast-Modified: ";
    file->fields.append(date.begin(), date.end());
    file->fields += "\r\nETag: " + file->etag + "\r\nAccept-Ranges: bytes\r\n";
    file->lengthField = "Content-Length: " + std::to_string(file->stamp.size) + "\r\n";
    return {OpenStatus::file, std::move(file)};
}

void FileCache::account(const Entry &entry, int sign) noexcept
{
    // The key too: of files that are missing it is all there is, and as long as a client likes.
    const std::shared_ptr<const CachedFile> &file = entry.found.file;
    m_bytes += static_cast<std::size_t>(sign) * (entry.key.size() + (file ? file->content.size() : 0));
    m_openFiles += static_cast<std::size_t>(sign) * (file && !file->inMemory() ? 1 : 0);
}

void FileCache::shrink()
{
    while (m_entries.size() > 1 &&
           (m_bytes > kMostBytes || m_openFiles > kMostOpenFiles || m_entries.size() > kMostEntries)) {
        account(m_entries.back(), -1);
        m_places.erase(m_entries.back().key);
        m_entries.pop_back();
    }
}

} // namespace mainstay::http
