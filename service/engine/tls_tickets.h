// SPDX-License-Identifier: GPL-3.0-or-later
// By which sessions with one server are resumed.
#pragma once

#include "engine/tls_handles.h"

#include <vector>

namespace mainstay::engine {

// Worker thread. The newest few. They hold what was verified when they were given: they are for the same server, spoken
// to in the same context, alone.
class TlsTickets {
public:
    void keep(TlsHandle<ssl_session_st> ticket);
    // The newest; null when there is none. In TLS 1.3 a ticket is for one use, lest it tell who comes again (RFC 8446
    // appendix C.4).
    [[nodiscard]] TlsHandle<ssl_session_st> take();

private:
    static constexpr std::size_t kKept = 8;

    std::vector<TlsHandle<ssl_session_st>> m_tickets; // the newest last
};

} // namespace mainstay::engine
