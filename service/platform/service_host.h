// SPDX-License-Identifier: GPL-3.0-or-later
// The service manager of the system, told how the service is doing: systemd here, the Service Control Manager on
// Windows.
#pragma once

#include "base/clock.h"

#include <memory>
#include <optional>
#include <string_view>

namespace mainstay::platform {

// One thread. Telling never fails: a service manager that does not listen is not our concern, and is waited for a
// second at most.
class ServiceHost {
public:
    virtual ~ServiceHost() = default;

    // Serving; also ends reloading().
    virtual void ready() = 0;
    virtual void reloading() = 0;
    virtual void stopping() = 0;
    // One line that people see in the service manager.
    virtual void status(std::string_view text) = 0;
    // How often at least alive() is expected; nothing when it is not.
    [[nodiscard]] virtual std::optional<Milliseconds> watchdogPeriod() const = 0;
    virtual void alive() = 0;
};

// The service manager that started this process, or one that ignores everything when there was none. Removes what it
// reads from the environment, so that children do not speak in our name. Call before threads start.
std::unique_ptr<ServiceHost> connectServiceHost();

} // namespace mainstay::platform
