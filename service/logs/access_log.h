// SPDX-License-Identifier: GPL-3.0-or-later
// An access log: workers fill buffers, one thread writes them, and a full disk costs lines but never a request.
#pragma once

#include "base/counter.h"
#include "base/result.h"
#include "logs/access_line.h"
#include "logs/log_sink.h"
#include "logs/request_log.h"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace mainstay::logs {

// Shared. Owns the sink and the thread that writes to it. Kept alive by its lanes.
class AccessLog {
public:
    struct Options {
        std::size_t bufferBytes = std::size_t{64} * 1024;
        // Buffers that may wait for the disk; beyond that lines are dropped.
        std::size_t maxWaiting = 64;
        std::chrono::milliseconds retryDelay{1000};
        // Called on the writing thread: once when the sink cannot be opened or written, and once when it can again,
        // with the lines dropped since the last time.
        std::function<void(const Error &)> onFailure;
        std::function<void(std::uint64_t linesDropped)> onRecovery;
    };

    // Opening happens on the writing thread and is tried again until it works.
    AccessLog(std::unique_ptr<LogSink> sink, Options options);
    // Writes what was handed over, once, and drops the rest if the sink refuses. May wait for a disk.
    ~AccessLog();
    AccessLog(const AccessLog &) = delete;
    AccessLog &operator=(const AccessLog &) = delete;

    // After the file was moved by others: opens it anew. The old one is kept while that fails. Any thread.
    void reopen();
    // Waits until everything handed over so far is written or dropped, at most for `timeout`. Any thread but a worker.
    [[nodiscard]] bool drain(std::chrono::milliseconds timeout);

    [[nodiscard]] std::uint64_t linesWritten() const noexcept { return m_linesWritten.value(); }
    // Lines that found the sink too slow or unwilling.
    [[nodiscard]] std::uint64_t linesDropped() const;

private:
    friend class AccessLane;

    struct Buffer {
        std::string text;
        std::uint64_t lines = 0;
    };

    // Takes a filled buffer and gives an empty one; counts its lines as dropped when too many wait already.
    void exchange(Buffer &buffer);
    // The writing thread.
    void run();
    void waitForWork(std::unique_lock<std::mutex> &lock);
    [[nodiscard]] bool openSink();
    [[nodiscard]] bool look();
    [[nodiscard]] bool writeWaiting(std::unique_lock<std::mutex> &lock);
    [[nodiscard]] bool writeCurrent();
    [[nodiscard]] bool succeeded(const Result<> &result);
    void noteFailure(const Error &error);
    void noteSuccess(std::uint64_t linesDropped);
    void recycle(std::string &&text);

    const Options m_options;
    Counter m_linesWritten;

    // The writing thread's own.
    const std::unique_ptr<LogSink> m_sink;
    bool m_isOpen = false;
    Buffer m_current;                 // being written ...
    std::size_t m_currentWritten = 0; // ... up to here
    bool m_failing = false;           // onFailure was called, and onRecovery not yet
    std::uint64_t m_droppedReported = 0;

    mutable std::mutex m_mutex; // guards what follows
    std::condition_variable m_wake;
    std::condition_variable m_idle;
    std::deque<Buffer> m_waiting;
    std::vector<std::string> m_spare;
    std::uint64_t m_linesDropped = 0;
    bool m_writing = false;
    bool m_reopen = true;
    bool m_stop = false;

    std::thread m_thread; // last: it uses all of the above
};

// Worker thread. Where one worker puts its lines. Takes the log's lock once a buffer, not once a line.
class AccessLane {
public:
    explicit AccessLane(std::shared_ptr<AccessLog> log);
    // Hands over what is left.
    ~AccessLane();
    AccessLane(const AccessLane &) = delete;
    AccessLane &operator=(const AccessLane &) = delete;

    [[nodiscard]] const AccessLog *log() const noexcept { return m_log.get(); }

    // `millis`: since 1970.
    void append(const LineFormat &format, const AccessRecord &record, std::int64_t millis);
    // The same for a record that the log's selection takes.
    void offer(const RequestLog &log, AccessRecord &record, std::int64_t millis);
    // Hands over a buffer that is not full. The worker calls it each second.
    void flush();

private:
    [[nodiscard]] std::uint32_t draw() noexcept;

    const std::shared_ptr<AccessLog> m_log;
    AccessLog::Buffer m_buffer;
    AccessDate m_date;
    std::uint64_t m_random;
};

} // namespace mainstay::logs
