// SPDX-License-Identifier: GPL-3.0-or-later
// Where bodies are kept that are too large for memory: of requests until a server has them, of answers until the client
// has.
#pragma once

#include "base/clock.h"
#include "base/result.h"
#include "engine/loop.h"
#include "engine/stream.h"
#include "http/spool_file.h"

#include <atomic>
#include <condition_variable>
#include <coroutine>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace mainstay::http {

class Spool;

// Worker thread, one owner. What has been stored of one body; nothing at first. The disk has its space back when this
// is gone. It must not go while an append is waited for, nor outlive its spool.
class StoredBody {
public:
    StoredBody() = default;
    StoredBody(StoredBody &&other) noexcept
        : m_spool(std::exchange(other.m_spool, nullptr)), m_file(std::move(other.m_file))
    {}
    StoredBody &operator=(StoredBody &&other) noexcept
    {
        std::swap(m_spool, other.m_spool);
        std::swap(m_file, other.m_file);
        return *this;
    }
    ~StoredBody();

    [[nodiscard]] bool isEmpty() const noexcept { return m_file.size() == 0; }
    [[nodiscard]] engine::FileRange range() const noexcept { return {m_file.handle(), 0, m_file.size()}; }
    // Once something has been stored; while more is, too.
    [[nodiscard]] engine::NativeHandle file() const noexcept { return m_file.handle(); }

private:
    friend class Spool;

    Spool *m_spool = nullptr;
    SpoolFile m_file;
};

// Shared. A thread of its own makes, writes and closes the files, since a disk may take its time over each of them and
// a worker has none: a worker waits for its block as it does for a socket. Reading is the worker's: what was written a
// moment ago is in memory.
class Spool {
public:
    struct Options {
        std::string folder;
        // Any thread, once for each trouble and then at most every ten seconds while it lasts.
        std::function<void(const Error &)> onTrouble;
    };
    enum class Status : std::uint8_t {
        done,
        overLimit, // all bodies together
        diskFull,
        failed,
    };

    // Of the limit, for those who can do without and must not take all of it from those who cannot.
    enum class Share : std::uint8_t { whole, half };

    explicit Spool(Options options);
    Spool(const Spool &) = delete;
    Spool &operator=(const Spool &) = delete;
    // Closes what was given back.
    ~Spool();

    // Any thread. Bytes of all bodies together; 0 means no limit.
    void setLimit(std::uint64_t bytes) noexcept { m_limit.store(bytes, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t limit() const noexcept { return m_limit.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t used() const noexcept { return m_used.load(std::memory_order_relaxed); }

    // Worker thread, the loop's. Bytes and body stay as they are until it completes. When it does not say `done`, the
    // body takes no more, and what it had before can still be read.
    [[nodiscard]] auto append(StoredBody &body, std::string_view bytes, engine::Loop &loop,
                              Share share = Share::whole) noexcept
    {
        return Append{*this, body, bytes, loop, share};
    }

private:
    friend class StoredBody;

    struct Append {
        Spool &spool;
        StoredBody &body;
        std::string_view bytes;
        engine::Loop &loop;
        Share share;
        Status status = Status::done;
        std::coroutine_handle<> waiter{};

        bool await_ready();
        void await_suspend(std::coroutine_handle<> suspended);
        [[nodiscard]] Status await_resume() const noexcept { return status; }
    };
    // One or the other.
    struct Work {
        Append *append = nullptr;
        SpoolFile closing;
    };

    // False when that would be too much.
    [[nodiscard]] bool reserve(std::uint64_t bytes, Share share) noexcept;
    void release(std::uint64_t bytes) noexcept { m_used.fetch_sub(bytes, std::memory_order_relaxed); }
    void add(Work work);
    void giveBack(SpoolFile file);
    void noteTrouble(const Error &error);
    // The writing thread.
    void run();
    void write(Append &append);

    const Options m_options;
    std::atomic<std::uint64_t> m_limit = 0;
    std::atomic<std::uint64_t> m_used = 0;

    std::mutex m_mutex; // guards what follows
    std::condition_variable m_wake;
    std::vector<Work> m_waiting;
    std::string m_toldCode;
    SteadyTime m_toldAt;
    std::uint64_t m_refused = 0; // since then
    bool m_stop = false;

    std::thread m_thread; // last: it uses all of the above
};

} // namespace mainstay::http
