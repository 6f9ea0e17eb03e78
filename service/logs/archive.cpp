// SPDX-License-Identifier: GPL-3.0-or-later
#include "logs/archive.h"

#include "logs/rotated_name.h"

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

namespace mainstay::logs {
namespace {

namespace fs = std::filesystem;

struct Found {
    RotatedName name;
    fs::path path;
};

Error errorOf(const std::string &what, const std::error_code &error)
{
    return Error{"log.archive", what + ": " + error.message(), "see that the service may write in the log's folder"};
}

class Tidying {
public:
    Tidying(const std::string &log, const Retention &retention, const std::stop_token &stop)
        : m_log(log), m_retention(retention), m_stop(stop)
    {}

    Result<> run()
    {
        if (Result<> looked = look(); !looked)
            return looked;
        removeLeftovers();
        removeOldest();
        if (m_retention.coding != LogCoding::none)
            compressAll();
        if (m_error)
            return tl::unexpected(*m_error);
        return {};
    }

private:
    Result<> look()
    {
        std::error_code error;
        const std::string name = m_log.filename().string();
        for (fs::directory_iterator entry(m_log.parent_path(), error), end; !error && entry != end;
             entry.increment(error)) {
            std::error_code ignored;
            auto rotated = parseRotatedName(entry->path().filename().string(), name);
            if (rotated && fs::is_regular_file(entry->symlink_status(ignored)))
                m_found.push_back({std::move(*rotated), entry->path()});
        }
        if (error)
            return tl::unexpected(errorOf("cannot look into " + m_log.parent_path().string(), error));
        std::ranges::sort(m_found, {}, &Found::name);
        return {};
    }

    void remove(const Found &file)
    {
        std::error_code error;
        fs::remove(file.path, error);
        if (error)
            m_error = errorOf("cannot remove " + file.path.string(), error);
    }

    // Of what was interrupted: unfinished files, and what is there compressed as well. Plain ones come first.
    void removeLeftovers()
    {
        std::vector<Found> kept;
        for (std::size_t i = 0; i < m_found.size(); ++i) {
            const Found &file = m_found[i];
            const bool hasCompressed =
                file.name.coding.empty() && std::any_of(m_found.begin(), m_found.end(), [&](const Found &other) {
                    return other.name.isSameFile(file.name) && !other.name.coding.empty() && !other.name.isPart();
                });
            if (file.name.isPart() || hasCompressed)
                remove(file);
            else
                kept.push_back(file);
        }
        m_found = std::move(kept);
    }

    void removeOldest()
    {
        if (m_retention.keep == 0 || m_found.size() <= m_retention.keep)
            return;
        const auto beyond = m_found.begin() + static_cast<std::ptrdiff_t>(m_found.size() - m_retention.keep);
        std::for_each(m_found.begin(), beyond, [this](const Found &file) { remove(file); });
        m_found.erase(m_found.begin(), beyond);
    }

    void compressAll()
    {
        for (const Found &file : m_found) {
            if (!file.name.coding.empty())
                continue;
            const Result<> made = compressFile(file.path.string(), m_retention.coding, m_stop);
            if (m_stop.stop_requested())
                return;
            if (made)
                remove(file);
            else
                m_error = made.error();
        }
    }

    const fs::path m_log;
    const Retention m_retention;
    const std::stop_token m_stop;
    std::vector<Found> m_found; // the oldest first
    std::optional<Error> m_error;
};

} // namespace

Archive::Archive(OnTrouble onTrouble) : m_onTrouble(std::move(onTrouble)), m_thread([this] { run(); }) {}

Archive::~Archive()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stop.request_stop();
    }
    m_wake.notify_one();
    m_thread.join();
}

void Archive::tidy(const std::string &path, const Retention &retention)
{
    {
        const std::lock_guard lock(m_mutex);
        m_waiting.insert_or_assign(path, retention);
    }
    m_wake.notify_one();
}

void Archive::run()
{
    lowerPriority();
    std::unique_lock lock(m_mutex);
    for (;;) {
        m_wake.wait(lock, [this] { return m_stop.stop_requested() || !m_waiting.empty(); });
        if (m_stop.stop_requested())
            return;
        const auto job = m_waiting.extract(m_waiting.begin());
        lock.unlock();
        const Result<> done = Tidying(job.key(), job.mapped(), m_stop.get_token()).run();
        bool &troubled = m_troubled[job.key()];
        if (m_onTrouble && (!done || troubled))
            m_onTrouble(job.key(), done ? std::nullopt : std::optional(done.error()));
        troubled = !done;
        lock.lock();
    }
}

} // namespace mainstay::logs
