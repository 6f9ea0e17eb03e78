// SPDX-License-Identifier: GPL-3.0-or-later
// Opens one listening socket.
#pragma once

#include "handover/socket_source.h"

namespace mainstay::handover {

// Binds for a moment without SO_REUSEPORT, which fails when anybody has this address, whatever options they use.
// Gives the address with the port the system picked, if 0 was asked for. Fails as SocketSource::bind.
Result<Endpoint> probeAddress(Transport transport, const Endpoint &endpoint);

// Bound with SO_REUSEPORT, non-blocking, closed on exec. TCP listens with a backlog of 4096 (the system's limit may be
// lower); UDP asks for 4 MiB of receive buffer; IPv6 never takes IPv4. Fails as SocketSource::bind.
Result<Descriptor> openListeningSocket(Transport transport, const Endpoint &endpoint);

// Where a bound socket is. Fails with "socket.failed".
Result<Endpoint> localEndpoint(const Descriptor &socket);

} // namespace mainstay::handover
