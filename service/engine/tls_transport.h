// SPDX-License-Identifier: GPL-3.0-or-later
// How OpenSSL reaches the socket: straight, but without the calls that would only answer "not now".
#pragma once

#include "engine/tls_handles.h"

namespace mainstay::engine {

// Worker thread. What the socket under OpenSSL and the session above it tell each other.
struct TlsTransport {
    int socket = -1;
    int error = 0;        // errno of the call that failed
    bool drained = false; // set by a short receive; no further one is made until the session clears it
    bool full = false;    // the same of sends
    bool moved = false;   // some bytes were sent; the session clears it
    bool ended = false;   // the peer's end of stream was seen
};

// A BIO over `transport`, which must outlive it. Null without memory.
[[nodiscard]] TlsHandle<BIO> makeTransportBio(TlsTransport &transport);

} // namespace mainstay::engine
