// SPDX-License-Identifier: GPL-3.0-or-later
// The connections of one program to one database, and the threads they live on.
#pragma once

#include "databases/connection.h"
#include "databases/ledger.h"
#include "rpc/database_methods.h"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace mainstay::databases {

class PoolThreads;

// Shared: run() and counters() from any thread. A connection of Qt belongs to one thread, so each thread of the pool
// has one, made with its first work, closed after idle_timeout, and made anew after it was lost: work that has changed
// nothing yet is then done again, once. While the database cannot be reached, it is tried after a growing while, and
// work that comes meanwhile fails at once with the last reason.
class Pool {
public:
    struct Options {
        Target target;
        std::string user;                             // who uses it, for counters()
        std::function<void(const std::string &)> log; // any thread
    };

    explicit Pool(Options options);
    // Refuses what waits, gives up what is at work where that can be had, and leaves behind a thread that is stuck.
    ~Pool();
    Pool(const Pool &) = delete;
    Pool &operator=(const Pool &) = delete;

    [[nodiscard]] const Target &target() const;
    [[nodiscard]] rpc::DatabasePool counters() const;

    // Whether work is done although the last try to connect failed a moment ago.
    enum class Urgency : std::uint8_t { usual, probe };

    // Does `work(connection)` on a thread of the pool, and calls `done(result)` once, on one of its threads: with what
    // it returned, or with "database.busy" when no connection became free within connect_timeout or too much waits
    // already, "database.timeout" when `limit` has passed although the database still thinks, "database.unreachable" or
    // a secret's error when there is no connection, "database.stopping". Work may run twice: see above.
    template <class T, class Work, class Done>
    void run(Milliseconds limit, Work work, Done done, Urgency urgency = Urgency::usual)
    {
        struct State {
            Work work;
            Done done;
            std::optional<Result<T>> result;
            std::atomic<bool> answered = false;

            State(Work w, Done d) : work(std::move(w)), done(std::move(d)) {}
        };
        auto state = std::make_shared<State>(std::move(work), std::move(done));
        Job job;
        job.limit = limit;
        job.urgency = urgency;
        job.work = [state](Connection &connection) -> Result<> {
            state->result = state->work(connection);
            return *state->result ? Result<>() : tl::unexpected<Error>(state->result->error());
        };
        job.deliver = [state] {
            if (!state->answered.exchange(true))
                state->done(std::move(*state->result));
        };
        job.fail = [state](const Error &error) {
            const bool isFirst = !state->answered.exchange(true);
            if (isFirst)
                state->done(Result<T>(tl::unexpected<Error>(error)));
            return isFirst;
        };
        submit(std::move(job));
    }

    struct Job {
        std::function<Result<>(Connection &)> work;
        std::function<void()> deliver;
        std::function<bool(const Error &)> fail; // false when it was answered already
        Milliseconds limit{0};
        Urgency urgency = Urgency::usual;
    };

private:
    void submit(Job job);

    std::shared_ptr<PoolThreads> m_threads;
};

} // namespace mainstay::databases
