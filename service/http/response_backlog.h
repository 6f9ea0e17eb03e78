// SPDX-License-Identifier: GPL-3.0-or-later
// Answers that a server is through with before the client has taken them.
#pragma once

#include "base/clock.h"
#include "engine/stream.h"
#include "engine/task.h"
#include "engine/task_scope.h"
#include "http/exchange.h"
#include "http/spool.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace mainstay::http {

// Whether the exchange's route, which has a backend, wants one.
[[nodiscard]] bool buffersResponses(const Exchange &exchange);

// Worker thread. What the client takes at once goes straight to it. Of what it does not, up to two blocks wait in
// memory and the rest in the spool, until that has no room for more: then the server waits for the client after all.
// Await drained() before this goes.
class ResponseBacklog {
public:
    explicit ResponseBacklog(Exchange &exchange);
    ResponseBacklog(const ResponseBacklog &) = delete;
    ResponseBacklog &operator=(const ResponseBacklog &) = delete;

    // Completes when everything is on its way or kept; false when the client is gone. The timeout of the client begins
    // anew whenever it takes something.
    engine::Task<bool> send(engine::Pieces pieces);
    // Completes when nothing is waiting any more; false when the client is gone.
    engine::Task<bool> drained();

private:
    // Sends the pieces, then what is stored.
    engine::Task<> carry(engine::Pieces pieces);
    engine::Task<bool> carryStored();
    // Has the send that waits use memory of ours.
    void keepUnsent();
    // False when there is no room.
    engine::Task<bool> store(std::string_view bytes);

    engine::Stream &m_client;
    engine::Loop &m_loop;
    Spool *const m_spool;
    const Milliseconds m_timeout;
    engine::TaskScope m_sending;
    std::string m_unsent; // of what is being sent
    StoredBody m_stored;
    std::uint64_t m_size = 0; // of what is stored
    std::uint64_t m_sent = 0; // of that
    bool m_isStoring = false; // the file must stay
    bool m_isClientGone = false;
};

} // namespace mainstay::http
