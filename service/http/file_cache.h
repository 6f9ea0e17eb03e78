// SPDX-License-Identifier: GPL-3.0-or-later
// Files of sites, ready to be sent: looked at once a second at the most, and only when somebody asks for them.
#pragma once

#include "engine/loop.h"
#include "engine/stream.h"
#include "http/file_source.h"
#include "wire/http_accept.h"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace mainstay::http {

// Immutable. One version of a file. Small ones are held in memory, so that what is sent is one version, whatever
// happens on the disk meanwhile; large ones are held open.
struct CachedFile {
    FileStamp stamp;
    std::string content;                  // when small
    OpenFile file;                        // when large
    std::optional<engine::FileEnds> ends; // likewise
    std::string etag;
    std::int64_t modified = 0;  // seconds since 1970
    std::string_view mediaType; // by its name; lives forever
    // The fields that depend on neither request nor route, each with its CRLF, but for Content-Length.
    std::string fields;
    std::string lengthField; // "Content-Length: 1234\r\n"

    [[nodiscard]] std::uint64_t size() const noexcept { return stamp.size; }
    [[nodiscard]] bool inMemory() const noexcept { return file.handle() == engine::kNoHandle; }
};

// Worker thread. Bounded in entries, bytes and open files; the least recently used go first.
class FileCache {
public:
    // Of a file that is held in memory. Above this, sendfile() is cheaper than to copy.
    static constexpr std::size_t kLargestInMemory = std::size_t{32} * 1024;

    explicit FileCache(engine::Loop &loop) : m_loop(loop) {}
    FileCache(const FileCache &) = delete;
    FileCache &operator=(const FileCache &) = delete;

    struct Found {
        OpenStatus status = OpenStatus::missing;
        std::shared_ptr<const CachedFile> file; // for OpenStatus::file
        // Whether the file had been left alone for so long that another version of it would have another stamp.
        bool isSettled = false;
    };

    // `path` as wire::normalizePath() gives it. Reads the disk when the entry is new or has not been looked at for a
    // second.
    [[nodiscard]] Found find(const std::string &root, std::string_view path, Links links = Links::inside);

    // What find() found, put into a coding; null when that is not worth it, or the file cannot be read as it was. Costs
    // some milliseconds when a version is asked for first.
    [[nodiscard]] std::shared_ptr<const CachedFile> coded(const std::string &root, std::string_view path,
                                                          const std::shared_ptr<const CachedFile> &file,
                                                          wire::Coding coding);

private:
    struct Entry {
        std::string key;
        Found found;
        SteadyTime checked;
    };
    using Place = std::list<Entry>::iterator;

    [[nodiscard]] static Found load(const std::string &root, const std::string &path, Links links, const Found &before);
    [[nodiscard]] static std::shared_ptr<const CachedFile> encode(const CachedFile &file, wire::Coding coding);
    void add(Found found);
    void account(const Entry &entry, int sign) noexcept;
    void shrink();

    engine::Loop &m_loop;
    std::list<Entry> m_entries; // the most recently used first
    std::unordered_map<std::string_view, Place> m_places;
    std::string m_key; // scratch; keeps its capacity
    std::size_t m_bytes = 0;
    std::size_t m_openFiles = 0;
};

} // namespace mainstay::http
