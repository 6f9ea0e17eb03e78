// SPDX-License-Identifier: GPL-3.0-or-later
// One process, with its descendants, of those an app consists of.
#pragma once

#include "base/clock.h"
#include "base/peer_address.h"
#include "handover/messages.h"

#include <cstdint>
#include <optional>
#include <string>

namespace mainstay::apps {

// Immutable. What makes an instance the one it is; the guard keeps it, so that a later core knows it again.
struct InstanceIdentity {
    std::string app;
    std::uint32_t number = 1; // among the instances of its app
    std::uint32_t run = 1;    // how often the app's instances have been made, over all numbers
    PeerAddress address{UnixAddress{}};
    std::string fingerprint; // of all that it was started with
    std::string token;       // what requests to it carry; empty for none

    // "1.3", unique within the app.
    [[nodiscard]] std::string name() const { return std::to_string(number) + "." + std::to_string(run); }
    // "shop/1.3", unique in the service.
    [[nodiscard]] std::string runName() const { return app + "/" + name(); }

    [[nodiscard]] std::string label() const;
    // Nothing when it is not what label() gives.
    [[nodiscard]] static std::optional<InstanceIdentity> fromLabel(const std::string &label);
};

// Control thread.
struct Instance {
    enum class Stage : std::uint8_t {
        starting, // has not been ready yet
        ready,
        draining, // gets nothing new
        stopping, // was asked to end
    };

    InstanceIdentity identity{};
    Stage stage = Stage::starting;
    SteadyTime since{};           // of the stage, or of its last start while starting
    bool answers = false;         // as its last check found
    SteadyTime silentSince{};     // when that began, of one that does not
    std::string lastCheck{};      // what that saw
    handover::AppReport report{}; // the guard's last
    std::uint32_t restartsWhenReady = 0;
    // Of one that answers, but is not ready yet: its database is asked for, next at that time.
    bool isComparing = false;
    SteadyTime compareAgain{};
    std::string unreached{}; // why that database is not reached, while older instances reach theirs

    // What there is to say when report.floods.
    [[nodiscard]] std::string flood() const
    {
        return "instance " + identity.name() + " prints too many lines a second, and the rest is dropped";
    }
    [[nodiscard]] bool isLeaving() const noexcept { return stage == Stage::draining || stage == Stage::stopping; }
};

} // namespace mainstay::apps
