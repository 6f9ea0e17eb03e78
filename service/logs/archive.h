// SPDX-License-Identifier: GPL-3.0-or-later
// The logs that were moved aside: compressed, and in time removed.
#pragma once

#include "base/result.h"
#include "logs/compressed_copy.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace mainstay::logs {

// What becomes of them.
struct Retention {
    std::uint32_t keep = 10; // 0: all
    LogCoding coding = LogCoding::none;

    friend bool operator==(const Retention &, const Retention &) = default;
};

// Shared. One thread of low priority for all logs. A crash at any time costs no line and doubles none: a compressed
// file has its name once it is whole and on the disk, and what it was made of goes afterwards; if it could not go, it
// does the next time.
class Archive {
public:
    // Called on the thread: what keeps the log `path` from being tidied; nothing when that works again.
    using OnTrouble = std::function<void(const std::string &path, const std::optional<Error> &)>;

    explicit Archive(OnTrouble onTrouble);
    // Does not finish what it is at.
    ~Archive();
    Archive(const Archive &) = delete;
    Archive &operator=(const Archive &) = delete;

    // Any thread. Soon, for all that were moved aside from the path by now.
    void tidy(const std::string &path, const Retention &retention);

private:
    void run();

    const OnTrouble m_onTrouble;
    std::map<std::string, bool> m_troubled; // the thread's own

    std::mutex m_mutex; // guards what follows
    std::condition_variable m_wake;
    std::map<std::string, Retention> m_waiting;
    std::stop_source m_stop;

    std::thread m_thread; // last
};

} // namespace mainstay::logs
