// SPDX-License-Identifier: GPL-3.0-or-later
// What answers the requests of one route.
#pragma once

#include "apphost/message.h"
#include "apphost/parameters.h"

#include <functional>

namespace mainstay::apphost {

// Called on the transport's thread, which it must not keep: it replies from another.
class Handler {
public:
    using Reply = std::function<void(Response)>;

    virtual ~Handler() = default;
    // `path` are the values of the path's parameters.
    virtual void handle(const Request &request, const TextValues &path, Reply reply) = 0;
};

} // namespace mainstay::apphost
