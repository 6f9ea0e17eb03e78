// SPDX-License-Identifier: GPL-3.0-or-later
// Sites that only clients with a certificate may see.
#pragma once

#include "engine/stream.h"
#include "snapshot/site.h"

namespace mainstay::http {

// Worker thread. 0 when the client may go on. 403 without the certificate that the site requires. 421 over a connection
// that was made for a host whose clients are asked for others: the client makes one for this host (RFC 9110 section
// 15.5.20). 503 while the file of the site's authorities cannot be read.
[[nodiscard]] unsigned refusalOf(const engine::Stream &client, const snapshot::Site &site) noexcept;

} // namespace mainstay::http
