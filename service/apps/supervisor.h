// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps every app at the instances its configuration asks for.
#pragma once

#include "apps/instance.h"
#include "apps/launch.h"
#include "config/configuration.h"
#include "handover/messages.h"

#include <QObject>
#include <QTimer>

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace mainstay::apps {

// Control thread. Who runs the programs.
class Launcher {
public:
    virtual ~Launcher() = default;
    virtual Result<> start(const InstanceIdentity &instance, const Launch &launch) = 0;
    virtual void stop(const InstanceIdentity &instance) = 0;
    // Who supervises next is to know that it has been ready.
    virtual void remember(const InstanceIdentity &instance) = 0;
    // The same: that it is to be replaced.
    virtual void rememberOutdated(const InstanceIdentity &instance) = 0;
};

// Control thread. Decides; the launcher's programs live on without it.
class Supervisor : public QObject {
    Q_OBJECT

public:
    struct Doors {
        Launcher &launcher;
        // Requests it is working on.
        std::function<std::uint32_t(const InstanceIdentity &)> inFlight;
        // From now on it gets new requests, or none.
        std::function<void(const InstanceIdentity &, bool takes)> setTaking;
        // What instances of the app cannot be started before; empty when they can. Asked again and again.
        std::function<std::string(const config::AppConfig &)> waitsFor;
        // Asks an instance of handlers for its database. `done` once, later: why it does not reach it, empty when it
        // does.
        std::function<void(const InstanceIdentity &, std::function<void(std::string why)> done)> askDatabase;
        std::function<void(bool isError, const std::string &app, const std::string &text)> tell;
    };

    struct App {
        config::AppConfig config;
        std::string fingerprint;
        bool wanted = false;           // in the configuration
        std::uint32_t replaceUpTo = 0; // runs to replace although they are as they should be
        std::uint32_t lastRun = 0;
        std::uint32_t failures = 0;      // in a row, to get ready or to start at all
        SteadyTime notBefore{};          // of the next start
        std::string reason;              // why it does not get ready; empty when it does
        std::string waitsFor;            // what has to come before anything more is started; empty for nothing
        std::vector<Instance> instances; // the oldest first
        std::deque<SteadyTime> ends;     // of instances by themselves, of late
        std::string lastEnd;             // why the last of those was

        SteadyTime killedAt{}; // when an instance ended last that had to be killed
        std::string killed;    // which, and why

        // Why it is not well; empty when it is. What passes by itself is told for ten minutes.
        [[nodiscard]] std::string complaint() const;
        [[nodiscard]] bool isReplacing() const;
        [[nodiscard]] std::uint32_t ready() const;
    };

    Supervisor(Doors doors, Surroundings surroundings);

    // The guard's word. Until all has been reported, nothing is started or ended.
    void take(const handover::AppReport &report);
    void allReported();
    // The configuration that is served from now on; that it is the same object as before says that nothing has changed.
    // Environment files are read again when it is another one.
    void adopt(std::shared_ptr<const config::Configuration> configuration);
    // What a check of an instance saw.
    void checked(const std::string &app, const std::string &instance, bool passed, const std::string &detail);
    // Replaces all instances, one by one. Fails with "app.unknown".
    Result<> replace(const std::string &app);
    // Nothing more is started or ended.
    void stop();

    [[nodiscard]] const std::map<std::string, App> &apps() const noexcept { return m_apps; }

Q_SIGNALS:
    // Instances have come, gone or begun to leave: workers are to know.
    void instancesChanged();

private:
    // One that the guard has run since before this core.
    static Instance takenOver(const InstanceIdentity &identity, const handover::AppReport &report);
    void reconcile();
    // Each true when instances have changed.
    bool reconcile(const std::string &name, App &app);
    bool startOne(const std::string &name, App &app);
    // Those of all instances, be they starting still or ending.
    [[nodiscard]] std::set<std::uint16_t> givenPorts() const;
    // Whether something has to come first, which it then tells once.
    bool isHeldBack(const std::string &name, App &app);
    // Of what the app is started with now, read anew.
    void takeFingerprint(const std::string &name, App &app);
    bool retire(App &app);
    void becomeReady(const std::string &name, App &app, Instance &instance);
    // Another of the app that answers and that this one is to replace; null for none.
    [[nodiscard]] const Instance *replacedBy(const App &app, const Instance &instance) const;
    // Whether the instance is worse off than the one it is to replace, as far as their databases are concerned.
    void compareDatabases(const std::string &name, Instance &instance, InstanceIdentity old);
    void takeComparison(const std::string &name, const InstanceIdentity &identity, const std::string &unreached,
                        bool oldReaches);
    void noteEnd(App &app, const std::string &reason);
    void giveUpOnLate(const std::string &name, App &app);
    // Ends it, so that another one takes its place.
    void giveUp(const std::string &name, App &app, Instance &instance, const std::string &why);
    // Empty while there is hope.
    [[nodiscard]] static std::string whyGivenUp(const Instance &instance, Milliseconds patience);
    void failed(const std::string &name, App &app, const std::string &reason);
    // Why the app is not well, for the status and, once, for the log.
    void note(const std::string &name, App &app, const std::string &reason);
    // That instances keep ending, though others take their places: "ended 5 times in the last …". Empty for no.
    [[nodiscard]] static std::string unrest(const App &app);
    [[nodiscard]] bool isCurrent(const App &app, const Instance &instance) const;
    [[nodiscard]] bool isSettled() const;

    Doors m_doors;
    Surroundings m_surroundings;
    std::shared_ptr<const config::Configuration> m_configuration; // null: none yet
    std::map<std::string, App> m_apps;
    QTimer m_timer;
    bool m_allReported = false;
    bool m_stopped = false;
};

} // namespace mainstay::apps
