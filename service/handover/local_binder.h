// SPDX-License-Identifier: GPL-3.0-or-later
// The listening sockets of a core that was started without a guard: by hand, in tests and by `check`.
#pragma once

#include "handover/socket_binder.h"
#include "handover/socket_source.h"

namespace mainstay::handover {

// Control thread. Same rules as with a guard, but the sockets end with the process.
class LocalBinder final : public SocketSource {
public:
    Result<BoundSockets> bind(const ListenAddress &address, std::uint16_t count) override;
    void release(const ListenAddress &address) override { m_binder.release(address); }

private:
    SocketBinder m_binder;
};

} // namespace mainstay::handover
