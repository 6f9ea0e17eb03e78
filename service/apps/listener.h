// SPDX-License-Identifier: GPL-3.0-or-later
// Who listens where an instance should.
#pragma once

#include "base/peer_address.h"

#include <string>

namespace mainstay::apps {

// Control thread. Whether at this address of 127.0.0.1 a process listens that belongs neither to `user`, empty for our
// own, nor to root. False also where the system does not tell, and for sockets in the file system, whose folder is
// closed to others.
[[nodiscard]] bool hasStranger(const PeerAddress &address, const std::string &user);

} // namespace mainstay::apps
