// SPDX-License-Identifier: GPL-3.0-or-later
// The core's end of the line to the guard that started it.
#pragma once

#include "handover/app_spec.h"
#include "handover/channel.h"
#include "handover/socket_source.h"

#include <optional>
#include <string_view>
#include <variant>

namespace mainstay::handover {

// The guard has ended: nobody restarts this core, so it finishes what is open and exits.
struct GuardGone {
    friend bool operator==(const GuardGone &, const GuardGone &) = default;
};

using Order = std::variant<Drain, Reload, AppReport, AppsReported, GuardGone>;

// Control thread. Keeps the state folder locked as long as it lives.
class GuardLink final : public SocketSource {
public:
    // Takes over the descriptor that the guard names on the command line (--guard-fd N) and waits for its greeting.
    // Fails with "guard.not-a-link", "guard.silent" or "guard.other-version".
    static Result<GuardLink> adopt(int number);

    // Becomes readable when poll() has something to say. After GuardGone it stays readable: watch it no longer.
    [[nodiscard]] int descriptor() const noexcept { return m_channel.descriptor(); }
    // The next order, oldest first; nothing when there is none yet. Call until it returns nothing.
    std::optional<Order> poll();

    // Waits for the guard, at most kPatience. Orders that arrive meanwhile are left for poll().
    Result<BoundSockets> bind(const ListenAddress &address, std::uint16_t count) override;
    void release(const ListenAddress &address) override;

    // Serving, or done with a reload. Everything wanted is bound by now: what else an earlier core had is closed.
    void ready() { tell(Ready{}); }
    // One line for the service manager ("serving 3 sites").
    void status(std::string_view text) { tell(Status{std::string(text)}); }
    // Ending for good; not to be restarted.
    void stopping() { tell(Stopping{}); }

    // Tells by reports what becomes of it. `inherited`: for the program, as its descriptor 3. Fails where the guard
    // cannot be reached.
    Result<> startApp(const std::string &name, const std::string &label, const AppSpec &spec,
                      const Descriptor *inherited = nullptr);
    void stopApp(const std::string &name) { tell(StopApp{name}); }
    void appReady(const std::string &name) { tell(AppReady{name}); }
    void appOutdated(const std::string &name) { tell(AppOutdated{name}); }
    // A line for the log of the program. It is lost when the guard does not read just now.
    void writeAppLog(const std::string &name, const std::string &line) { (void)m_channel.send(AppLine{name, line}); }
    // Whether poll() has something to say within the time.
    [[nodiscard]] bool wait(Milliseconds patience) const { return m_channel.wait(SteadyClock::now() + patience); }

    static constexpr Milliseconds kPatience{5000};

private:
    GuardLink(Channel channel, Descriptor stateLock) : m_channel(std::move(channel)), m_stateLock(std::move(stateLock))
    {}
    // A guard that is gone is found by poll().
    void tell(const Message &message);

    Channel m_channel;
    Descriptor m_stateLock;
};

} // namespace mainstay::handover
