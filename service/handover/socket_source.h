// SPDX-License-Identifier: GPL-3.0-or-later
// Where the core gets its listening sockets from: the guard, or, started without one, itself.
#pragma once

#include "base/endpoint.h"
#include "base/result.h"
#include "handover/descriptor.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mainstay::handover {

enum class Transport : std::uint8_t { tcp, udp };

[[nodiscard]] constexpr const char *textOf(Transport transport)
{
    return transport == Transport::tcp ? "tcp" : "udp";
}

// The most sockets one address can have: one for each worker.
inline constexpr std::uint16_t kMaxSocketsPerAddress = 512;

// Immutable. What to listen on. `name` (at most 128 bytes, such as "listener.web") tells apart several addresses
// with port 0, where the system picks the port; with any other port it is not part of the identity.
struct ListenAddress {
    Transport transport = Transport::tcp;
    Endpoint endpoint;
    std::string name;

    [[nodiscard]] std::string text() const { return std::string(textOf(transport)) + " " + endpoint.text(); }

    friend bool operator==(const ListenAddress &left, const ListenAddress &right)
    {
        return left.transport == right.transport && left.endpoint == right.endpoint &&
               (left.endpoint.port != 0 || left.name == right.name);
    }
};

// The sockets of one address: non-blocking, closed on exec, bound with SO_REUSEPORT, TCP ones listening. All of them
// receive traffic, so each must be served, whatever the number asked for.
struct BoundSockets {
    std::vector<Descriptor> sockets;
    Endpoint local; // with the port the system picked, if 0 was asked for
};

// Control thread.
class SocketSource {
public:
    virtual ~SocketSource() = default;

    // At least `count` sockets (1 to kMaxSocketsPerAddress). An address bound before, by this core or the one it
    // replaces, gives the same sockets again, with what waits in them: all of them when there are more than `count`,
    // and new ones beside them when there are fewer.
    // Fails with "socket.address-in-use", "socket.permission-denied", "socket.address-not-available",
    // "socket.family-unsupported", "socket.failed", "descriptor.exhausted" or "guard.silent".
    virtual Result<BoundSockets> bind(const ListenAddress &address, std::uint16_t count) = 0;
    // The address is no longer served and its sockets here are closed or drained. Unknown addresses are ignored.
    virtual void release(const ListenAddress &address) = 0;
};

} // namespace mainstay::handover
