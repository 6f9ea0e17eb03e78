// SPDX-License-Identifier: GPL-3.0-or-later
// Copies of requests, sent to backends whose answers nobody waits for.
#pragma once

#include "engine/task.h"
#include "engine/task_scope.h"
#include "http/mirror_copy.h"
#include "http/upstream_pools.h"
#include "wire/http1_response.h"

#include <functional>
#include <list>
#include <memory>
#include <random>

namespace mainstay::http {

struct Exchange;

// Worker thread. Bounded: so many copies at a time, with bodies of so many bytes. What there is no room for, and what
// no server takes at once, is dropped and counted.
class Mirrors {
public:
    static constexpr std::size_t kMostUnderWay = 128;

    // `onEmpty`: when the last one has ended.
    Mirrors(engine::Loop &loop, UpstreamPools &upstreams, std::uint32_t worker, std::function<void()> onEmpty);
    Mirrors(const Mirrors &) = delete;
    Mirrors &operator=(const Mirrors &) = delete;

    // Copies a request that is about to be passed on, where its route says so. What has come of it is sent now; of a
    // body that is still to come a copy is made as it passes, in exchange.mirror.
    void begin(Exchange &exchange);
    // For that body: a piece of it, and its end.
    void add(Exchange &exchange, std::string_view content);
    void finish(Exchange &exchange);

    // Ends all.
    void stop();
    [[nodiscard]] bool isEmpty() const noexcept { return m_sending.empty(); }

private:
    struct Sending {
        std::unique_ptr<MirrorCopy> copy;
        std::unique_ptr<UpstreamConnection> upstream;
        SteadyTime deadline;
        unsigned status = 0;   // of the answer
        bool reusable = false; // the connection, for another request
    };
    using Place = std::list<Sending>::iterator;

    [[nodiscard]] bool isPicked(const Exchange &exchange);
    void drop(const snapshot::Backend &backend);
    void send(std::unique_ptr<MirrorCopy> copy);
    engine::Task<> run(Place place, const snapshot::Server &server);
    // Each false when that cannot be done.
    engine::Task<bool> connect(Sending &sending, const snapshot::Server &server);
    engine::Task<bool> ask(Sending &sending, std::string_view request);
    engine::Task<bool> receiveHead(Sending &sending, wire::ResponseHead &head);
    // Reads a body to its end, if that is not too far, and forgets it. False when it does not come to that.
    engine::Task<bool> dropBody(Sending &sending, const wire::BodyFraming &framing);
    [[nodiscard]] Milliseconds left(const Sending &sending) const noexcept;

    engine::Loop &m_loop;
    UpstreamPools &m_upstreams;
    const std::uint32_t m_worker;
    std::function<void()> m_onEmpty;
    std::minstd_rand m_random;
    std::size_t m_places = 0; // taken
    std::list<Sending> m_sending;
    engine::TaskScope m_tasks;
    bool m_stopped = false;
};

} // namespace mainstay::http
