// SPDX-License-Identifier: GPL-3.0-or-later
// What carries requests to the handlers. The one that there is stands on QtHttpServer, in one file.
#pragma once

#include "apphost/message.h"
#include "base/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

namespace mainstay::apphost {

// The thread it was made on, which runs an event loop.
class Transport {
public:
    // Any thread, as long as the transport lives; the first call counts.
    using Reply = std::function<void(Response)>;

    struct Options {
        std::size_t maxBody = 0;
        // Looks at the head of a request before its body is taken. An answer refuses the request, and ends its
        // connection.
        std::function<std::optional<Response>(const Headers &)> admit;
        std::function<void(Request, Reply)> handle;
    };

    virtual ~Transport() = default;
    // On 127.0.0.1 alone. Fails with "apphost.cannot-listen".
    [[nodiscard]] virtual Result<> listen(std::uint16_t port) = 0;
    [[nodiscard]] virtual std::uint16_t port() const = 0;
    [[nodiscard]] virtual std::size_t inFlight() const = 0;
    // Takes no new connection, and ends each after the request it is at; `done` when none is in flight.
    virtual void drain(std::function<void()> done) = 0;
};

[[nodiscard]] std::unique_ptr<Transport> makeTransport(Transport::Options options);

} // namespace mainstay::apphost
