// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/file_cache.h"

#include "base/clock.h"
#include "http/compressor.h"
#include "http/media_types.h"
#include "wire/http_date.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <ctime>
#include <zlib.h>

namespace mainstay::http {

namespace {

// Of the coarsest file system. What is written twice within one bears the same time.
constexpr Seconds kClockStep{2};

constexpr Milliseconds kTrusted{1000};
constexpr std::size_t kMostBytes = std::size_t{64} * 1024 * 1024;
constexpr std::size_t kMostEntries = 16384;
constexpr std::size_t kMostOpenFiles = 256;
// Above this, to compress would hold up the worker's other clients.
constexpr std::size_t kLargestCompressed = std::size_t{512} * 1024;
// What stands between root and path in a key: 0 or 1 by the links that are followed, and for codings from here on.
constexpr int kCodedKeys = 2;

void appendHex(std::string &out, std::uint64_t value)
{
    std::array<char, 16> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
    out.append(digits.data(), end);
}

// Strong: changes with every change of the file that the system can tell, and with the content of what is in memory.
std::string etagOf(const FileStamp &stamp, std::string_view content)
{
    std::string etag = "\"";
    appendHex(etag, static_cast<std::uint64_t>(stamp.modifiedNanoseconds));
    etag += '-';
    appendHex(etag, stamp.inode);
    etag += '-';
    appendHex(etag, stamp.size);
    if (!content.empty()) {
        etag += '-';
        appendHex(etag, crc32_z(0, reinterpret_cast<const Bytef *>(content.data()), content.size()));
    }
    etag += '"';
    return etag;
}

// Of the file in a coding, whose bytes are others.
std::string codedEtag(const CachedFile &file, wire::Coding coding)
{
    std::string etag = file.etag;
    etag.insert(etag.size() - 1, "-" + std::string(wire::codingName(coding)));
    return etag;
}

// Writes the fields from what else is known of the file.
void describe(CachedFile &file)
{
    const auto date = wire::formatHttpDate(file.modified);
    file.fields = "Last-Modified: ";
    file.fields.append(date.begin(), date.end());
    file.fields += "\r\nETag: " + file.etag + "\r\nAccept-Ranges: bytes\r\n";
    file.lengthField = "Content-Length: " + std::to_string(file.size()) + "\r\n";
}

} // namespace

FileCache::Found FileCache::find(const std::string &root, std::string_view path, Links links)
{
    m_key.assign(root);
    m_key += links == Links::inside ? '\0' : '\1';
    m_key += path;
    const SteadyTime now = m_loop.now();
    if (const auto place = m_places.find(m_key); place != m_places.end()) {
        const Place entry = place->second;
        if (entry != m_entries.begin())
            m_entries.splice(m_entries.begin(), m_entries, entry);
        const CachedFile *known = entry->found.file.get();
        // A large one is looked at each time: what is sent of it is read then.
        if (now - entry->checked >= kTrusted || (known && !known->inMemory() && known->file.stamp() != known->stamp)) {
            account(*entry, -1);
            entry->found = load(root, std::string(path.substr(1)), links, entry->found);
            entry->checked = now;
            account(*entry, +1);
            Found found = entry->found;
            shrink();
            return found;
        }
        return entry->found;
    }
    Found found = load(root, std::string(path.substr(1)), links, {});
    add(found);
    return found;
}

void FileCache::add(Found found)
{
    m_entries.push_front({m_key, std::move(found), m_loop.now()});
    m_places.emplace(m_entries.front().key, m_entries.begin());
    account(m_entries.front(), +1);
    shrink();
}

std::shared_ptr<const CachedFile> FileCache::coded(const std::string &root, std::string_view path,
                                                   const std::shared_ptr<const CachedFile> &file, wire::Coding coding)
{
    if (file->size() < kLeastCompressed || file->size() > kLargestCompressed)
        return nullptr;
    m_key.assign(root);
    m_key += static_cast<char>(kCodedKeys + static_cast<int>(coding));
    m_key += path;
    if (const auto place = m_places.find(m_key); place != m_places.end()) {
        const Place entry = place->second;
        std::shared_ptr<const CachedFile> known = entry->found.file;
        if (known == file) // it was not worth it
            return nullptr;
        if (known->etag == codedEtag(*file, coding)) {
            m_entries.splice(m_entries.begin(), m_entries, entry);
            return known;
        }
        account(*entry, -1);
        m_places.erase(place);
        m_entries.erase(entry);
    }
    std::shared_ptr<const CachedFile> made = encode(*file, coding);
    add({OpenStatus::file, made ? made : file, false});
    return made;
}

std::shared_ptr<const CachedFile> FileCache::encode(const CachedFile &file, wire::Coding coding)
{
    std::string content;
    if (!file.inMemory() && (!file.file.readAll(content, file.size()) || file.file.stamp() != file.stamp))
        return nullptr;
    auto made = std::make_shared<CachedFile>();
    made->content = compressed(coding, file.inMemory() ? file.content : content);
    if (made->content.empty())
        return nullptr;
    made->stamp = file.stamp;
    made->stamp.size = made->content.size();
    made->modified = file.modified;
    made->mediaType = file.mediaType;
    made->etag = codedEtag(file, coding);
    describe(*made);
    return made;
}

FileCache::Found FileCache::load(const std::string &root, const std::string &path, Links links, const Found &before)
{
    auto [status, opened] = OpenFile::openBeneath(root, path, links);
    if (status != OpenStatus::file)
        return {status, nullptr, false};
    const WallTime begun = WallClock::now();
    const FileStamp stamp = opened.stamp();
    const bool isSameStamp = before.file && before.file->stamp == stamp;
    if (isSameStamp && (before.isSettled || !before.file->inMemory()))
        return before;
    const bool isSettled = begun.time_since_epoch() - std::chrono::nanoseconds(stamp.changedNanoseconds) >= kClockStep;
    auto file = std::make_shared<CachedFile>();
    file->stamp = stamp;
    if (stamp.size <= kLargestInMemory) {
        // A file being written to right now is tried once more, and served as it is read the second time.
        if (!opened.readAll(file->content, stamp.size) || opened.stamp() != stamp) {
            file->stamp = opened.stamp();
            if (file->stamp.size > kLargestInMemory || !opened.readAll(file->content, file->stamp.size))
                return {OpenStatus::failed, nullptr, false};
        }
    } else {
        file->ends = engine::fileEnds(opened.handle(), stamp.size);
        file->file = std::move(opened);
    }
    if (isSameStamp && before.file->stamp == file->stamp && before.file->content == file->content)
        return {OpenStatus::file, before.file, isSettled};
    file->etag = etagOf(file->stamp, file->content);
    // Never in the future (RFC 9110 section 8.8.2.1).
    file->modified = std::min<std::int64_t>(file->stamp.modifiedNanoseconds / 1'000'000'000, std::time(nullptr));
    file->mediaType = mediaTypeOf(path);
    describe(*file);
    return {OpenStatus::file, std::move(file), isSettled};
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
