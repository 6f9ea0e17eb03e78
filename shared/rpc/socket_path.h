// SPDX-License-Identifier: GPL-3.0-or-later
// Where the management socket is.
#pragma once

#include <QString>

namespace mainstay::rpc {

// Within the service's run-time folder.
inline constexpr char kSocketName[] = "control.sock";

// The installed service's socket.
[[nodiscard]] QString installedSocketPath();
// The environment's MAINSTAY_SOCKET, else that.
[[nodiscard]] QString defaultSocketPath();

} // namespace mainstay::rpc
