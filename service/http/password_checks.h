// SPDX-License-Identifier: GPL-3.0-or-later
// Which passwords are right: found out beside the worker, a few at a time, and remembered for a short while.
#pragma once

#include "engine/loop.h"
#include "engine/task.h"
#include "snapshot/user_table.h"
#include "wire/basic_credentials.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>

namespace mainstay::http {

// Worker thread. Empty before it goes: each check ends, whatever becomes of its client.
class PasswordChecks {
public:
    enum class Verdict : std::uint8_t {
        right,
        wrong,
        busy, // too many wait already
    };
    // Takes work off the worker. Any order.
    using Pool = std::function<void(engine::Job)>;

    explicit PasswordChecks(engine::Loop &loop);
    PasswordChecks(const PasswordChecks &) = delete;
    PasswordChecks &operator=(const PasswordChecks &) = delete;

    void setPool(Pool pool) { m_pool = std::move(pool); }

    // Whether they were found right within the last minute, and are still. What is kept of them is a keyed digest.
    [[nodiscard]] bool remembers(const snapshot::UserTable &users, const wire::BasicCredentials &credentials) const;
    // A name that is not known takes the time of one that is.
    engine::Task<Verdict> check(std::shared_ptr<const snapshot::UserTable> users, wire::BasicCredentials credentials);

private:
    using Digest = std::array<unsigned char, 32>;
    struct Remembered {
        Digest digest{};
        SteadyTime until;
    };

    static constexpr std::size_t kRemembered = 256;
    static constexpr std::size_t kAtOnce = 2;
    static constexpr std::size_t kMostWaiting = 64;
    static constexpr Seconds kMemory{60};

    // Of all that has to be the same.
    [[nodiscard]] Digest digestOf(const wire::BasicCredentials &credentials, const std::string &hash) const;
    engine::Task<bool> verify(std::string password, std::string hash);

    engine::Loop &m_loop;
    Pool m_pool;
    Digest m_key;
    std::array<Remembered, kRemembered> m_remembered; // by the first byte of the digest
    std::size_t m_running = 0;
    std::deque<std::coroutine_handle<>> m_waiting;
};

} // namespace mainstay::http
