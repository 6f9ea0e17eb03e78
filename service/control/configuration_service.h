// SPDX-License-Identifier: GPL-3.0-or-later
// The life of a configuration: boot, check, apply, confirm, roll back; one change at a time.
#pragma once

#include "control/background.h"
#include "control/config_store.h"
#include "control/listening_sockets.h"
#include "control/preparation.h"
#include "control/publisher.h"
#include "logs/event_log.h"

#include <QObject>
#include <QTimer>

#include <deque>
#include <functional>
#include <memory>
#include <optional>

namespace mainstay::control {

// Immutable. What became of a change.
struct ApplyOutcome {
    bool applied = false;
    RevisionNumber revision = 0;      // the one that runs now
    Problems problems;                // all that is wrong with what was asked for, warnings included
    std::optional<WallTime> goesBack; // when it does so unless confirmed
};

// Control thread.
class ConfigurationService : public QObject {
    Q_OBJECT

public:
    using Reply = std::function<void(ApplyOutcome)>;

    // How long until the surroundings are looked at again.
    struct Pace {
        Milliseconds retry{5000};       // when they failed an object
        Milliseconds regularly{60'000}; // when nothing is wrong: names and local certificates change
    };

    struct Parts {
        Background &background;
        ConfigStore &store;
        Publisher &publisher;
        ListeningSockets &sockets;
        logs::EventLog &events;
        Surroundings surroundings;
        Pace pace = {};
    };

    explicit ConfigurationService(Parts parts);

    // Serves what the store says to start with; objects the surroundings fail are set aside and tried again. `done`
    // when something is served, be it nothing.
    void boot(BootConfiguration boot, std::function<void()> done);
    // Makes what stands on disk the running configuration, or changes nothing. Zones and certificates are read again
    // even when the configuration is the same. With `confirmWithin` a new revision goes back by itself, to the last one
    // that needed no confirmation or got it, unless confirm() is called; a new revision without it needs none.
    void apply(Authorship authorship, std::optional<Seconds> confirmWithin, Reply reply);
    void rollBack(RevisionNumber revision, Authorship authorship, Reply reply);
    // What is served, again: instances of apps have changed.
    void publishAgain();
    // For good: what waits is refused, and nothing more is begun. What is served stays.
    void stop();
    // Keeps what waits for confirmation. Fails with "config.nothing-to-confirm".
    Result<ApplyOutcome> confirm();

    // Of the configuration that runs.
    [[nodiscard]] const Candidate &running() const noexcept { return *m_running; }
    // The same object from one change to the next.
    [[nodiscard]] std::shared_ptr<const config::Configuration> shareableConfiguration() const noexcept
    {
        return {m_running, &m_running->loaded.configuration};
    }
    [[nodiscard]] RevisionNumber revision() const noexcept { return m_revision; }
    [[nodiscard]] const Prepared &prepared() const noexcept { return *m_prepared; }
    // The same, for work on the pool.
    [[nodiscard]] std::shared_ptr<const Prepared> shareablePrepared() const noexcept { return m_prepared; }
    // What is wrong now: objects set aside, revisions passed over, the state folder.
    [[nodiscard]] Problems problems() const;
    // An error when nothing would be served in the place of what is: files that are gone or empty for a moment are not
    // what anybody wants.
    [[nodiscard]] Problems closingAll(const Candidate &candidate) const;
    // A warning for each setting that this configuration has otherwise than the service was started with, and that
    // takes effect when it starts again.
    [[nodiscard]] Problems needingRestart(const schema::Loaded &loaded) const;
    [[nodiscard]] std::uint64_t publishes() const noexcept { return m_parts.publisher.count(); }
    [[nodiscard]] std::optional<WallTime> confirmBy() const;
    [[nodiscard]] bool isServing() const noexcept { return m_serving; }
    // To the event log.
    void report(const Problems &problems);

Q_SIGNALS:
    // The running configuration, that may be the same as before; by itself when it only refreshes what was set aside.
    void published(bool refreshes);
    // To `revision`, for want of confirmation, by itself.
    void wentBack(RevisionNumber revision, const ApplyOutcome &outcome);

private:
    // A change on its way, from the first step to the last.
    struct Change {
        std::shared_ptr<const Candidate> candidate;
        Authorship authorship;
        std::optional<Seconds> confirmWithin;
        std::optional<RevisionNumber> rollsBackTo; // read this revision and not the disk
        bool isRead = false;                       // the candidate is there
        bool tolerant = false;                     // what the surroundings fail is set aside, and nothing refused
        bool commits = true;                       // as a new revision, where the files are not those that run
        bool refreshes = false;                    // the running configuration again, for what was set aside
        std::optional<Confirmation> becauseOf;     // goes back, unless this has been confirmed or replaced meanwhile
        Reply reply;
    };

    void enqueue(std::shared_ptr<Change> change);
    void startNext();
    void read(const std::shared_ptr<Change> &change);
    void prepareSurroundings(const std::shared_ptr<Change> &change);
    void finish(const std::shared_ptr<Change> &change, Prepared prepared);
    // When the workers serve it.
    void conclude(const std::shared_ptr<Change> &change, Problems problems);
    // Whether it is another revision than the one that runs.
    [[nodiscard]] bool isNew(const Change &change) const;
    [[nodiscard]] Result<> commit(const Change &change);
    void end(const std::shared_ptr<Change> &change, bool applied, Problems problems);
    void refuse(const std::shared_ptr<Change> &change, Problems problems);
    void publish(std::shared_ptr<const Candidate> candidate, Prepared prepared);
    void await(std::optional<Confirmation> confirmation);
    void goBack();
    void scheduleRefresh();

    Parts m_parts;
    std::deque<std::shared_ptr<Change>> m_queue;
    bool m_busy = false;
    bool m_serving = false;
    bool m_stopped = false;
    std::shared_ptr<const Candidate> m_running = std::make_shared<const Candidate>();
    RevisionNumber m_revision = 0;
    std::shared_ptr<const Prepared> m_prepared = std::make_shared<const Prepared>();
    Problems m_bootProblems; // revisions that could not be used
    Problems m_setAside;     // by the surroundings, at the last change
    config::ServiceConfig m_startedWith;
    std::optional<Confirmation> m_awaited;
    QTimer m_confirmation;
    QTimer m_refresh;
};

} // namespace mainstay::control
