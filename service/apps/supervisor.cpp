// SPDX-License-Identifier: GPL-3.0-or-later
#include "apps/supervisor.h"

#include "apps/listener.h"
#include "apps/rollout.h"

#include <QUuid>

#include <algorithm>

namespace mainstay::apps {

namespace {

using Stage = Instance::Stage;

constexpr Milliseconds kTick{100};
// Until every worker has seen that an instance gets nothing more.
constexpr Milliseconds kSettling{150};
constexpr Milliseconds kFirstDelay{500};
constexpr Milliseconds kLongestDelay{30'000};
constexpr std::uint32_t kMostRestarts = 5; // without having been ready

Milliseconds delayAfter(std::uint32_t failures)
{
    return std::min(kFirstDelay * (1U << std::min(failures, 10U)), kLongestDelay);
}

} // namespace

bool Supervisor::App::isReplacing() const
{
    return std::any_of(instances.begin(), instances.end(), [this](const Instance &instance) {
        return wanted && !instance.isLeaving() &&
               (instance.identity.run <= replaceUpTo || instance.identity.fingerprint != fingerprint);
    });
}

std::uint32_t Supervisor::App::ready() const
{
    return static_cast<std::uint32_t>(std::count_if(instances.begin(), instances.end(), [](const Instance &instance) {
        return instance.stage == Stage::ready && instance.answers;
    }));
}

Supervisor::Supervisor(Doors doors, Surroundings surroundings)
    : m_doors(std::move(doors)), m_surroundings(std::move(surroundings))
{
    m_timer.setInterval(kTick);
    m_timer.callOnTimeout(this, qOverload<>(&Supervisor::reconcile));
}

void Supervisor::take(const handover::AppReport &report)
{
    const auto identity = InstanceIdentity::fromLabel(report.label);
    if (!identity)
        return;
    App &app = m_apps[identity->app];
    app.lastRun = std::max(app.lastRun, identity->run);
    auto known = std::find_if(app.instances.begin(), app.instances.end(),
                              [&](const Instance &instance) { return instance.identity.run == identity->run; });
    if (report.phase == handover::AppPhase::ended) {
        if (known == app.instances.end())
            return;
        if (!known->isLeaving()) {
            noteEnd(app, report.reason);
            failed(identity->app, app, report.reason);
        } else if (!report.reason.empty()) { // it did not end in order
            app.killed = "instance " + known->identity.name() + ": " + report.reason;
            app.killedAt = SteadyClock::now();
            m_doors.tell(true, identity->app, app.killed);
        }
        if (const UnixAddress *socket = known->identity.address.unixAddress()) {
            std::error_code ignored; // it may have gone with the program
            std::filesystem::remove(socket->path, ignored);
        }
        app.instances.erase(known);
        Q_EMIT instancesChanged();
        return reconcile();
    }
    if (known == app.instances.end()) {
        app.instances.push_back(takenOver(*identity, report));
        m_doors.setTaking(*identity, app.instances.back().stage == Stage::ready);
        if (report.isOutdated != 0)
            app.replaceUpTo = std::max(app.replaceUpTo, identity->run);
        Q_EMIT instancesChanged();
        return reconcile();
    }
    const bool hasEnded = known->report.process != 0 && report.process != known->report.process;
    if (known->report.process == 0 && report.process != 0)
        known->since = SteadyClock::now();
    const bool isStuck = report.phase == handover::AppPhase::waiting && report.reason != known->report.reason;
    const bool startsToFlood = report.floods != 0 && known->report.floods == 0;
    known->report = report;
    if (startsToFlood)
        m_doors.tell(true, identity->app, known->flood());
    if (hasEnded) {
        // Its successor listens where it did, once it is ready.
        known->answers = false;
        known->lastCheck.clear();
        known->isComparing = false;
        known->unreached.clear();
        m_doors.setTaking(known->identity, false);
        if (!known->isLeaving())
            known->stage = Stage::starting;
    }
    if (hasEnded && !known->isLeaving())
        noteEnd(app, report.reason);
    if ((hasEnded || isStuck) && !known->isLeaving())
        note(identity->app, app, "instance " + identity->name() + ": " + report.reason);
    reconcile();
}

Instance Supervisor::takenOver(const InstanceIdentity &identity, const handover::AppReport &report)
{
    // One that was ready has been answering all the while; another has its time anew.
    const bool isReady = report.wasReady != 0 && report.phase == handover::AppPhase::running;
    const bool isEnding = report.phase == handover::AppPhase::ending;
    return {.identity = identity,
            .stage = isEnding  ? Stage::stopping
                     : isReady ? Stage::ready
                               : Stage::starting,
            .since = SteadyClock::now(),
            .answers = isReady,
            .report = report,
            .restartsWhenReady = isReady ? report.restarts : 0};
}

void Supervisor::allReported()
{
    m_allReported = true;
    reconcile();
}

void Supervisor::adopt(std::shared_ptr<const config::Configuration> configuration)
{
    if (configuration == m_configuration)
        return;
    const auto before = std::exchange(m_configuration, std::move(configuration));
    for (auto &[name, app] : m_apps)
        app.wanted = app.wanted && m_configuration->apps.contains(name);
    for (const auto &[name, config] : m_configuration->apps) {
        App &app = m_apps[name];
        const bool wasWanted = std::exchange(app.wanted, true);
        if (wasWanted && isSurelyTheSame(name, *before, *m_configuration))
            continue;
        app.config = config;
        takeFingerprint(name, app);
    }
    reconcile();
}

void Supervisor::takeFingerprint(const std::string &name, App &app)
{
    const std::string fingerprint = fingerprintOf(name, *m_configuration);
    if (std::exchange(app.fingerprint, fingerprint) == fingerprint)
        return;
    app.failures = 0;
    app.notBefore = {};
    app.reason.clear();
    app.ends.clear();
    app.killed.clear();
}

void Supervisor::checked(const std::string &name, const std::string &instanceName, bool passed,
                         const std::string &detail)
{
    const auto app = m_apps.find(name);
    if (app == m_apps.end())
        return;
    for (Instance &instance : app->second.instances) {
        if (instance.identity.name() != instanceName)
            continue;
        instance.lastCheck = passed && !instance.unreached.empty() ? instance.unreached : detail;
        if (instance.answers && !passed)
            instance.silentSince = SteadyClock::now();
        instance.answers = passed;
        if (!passed && instance.stage == Stage::ready)
            return reconcile();
        if (!passed || instance.stage != Stage::starting || instance.report.process == 0)
            return;
        // Of a port that was free for a moment anybody may have made use.
        if (hasStranger(instance.identity.address, app->second.config.user)) {
            giveUp(name, app->second, instance, "does not listen at its address, but a program of another user does");
            return reconcile();
        }
        if (const Instance *old = replacedBy(app->second, instance))
            return compareDatabases(name, instance, old->identity);
        return becomeReady(name, app->second, instance);
    }
}

void Supervisor::becomeReady(const std::string &name, App &app, Instance &instance)
{
    instance.stage = Stage::ready;
    instance.restartsWhenReady = instance.report.restarts;
    instance.unreached.clear();
    app.failures = 0;
    app.reason.clear();
    m_doors.setTaking(instance.identity, true);
    m_doors.launcher.remember(instance.identity);
    m_doors.tell(false, name, "instance " + instance.identity.name() + " is ready: " + instance.lastCheck);
    reconcile();
}

Result<> Supervisor::replace(const std::string &name)
{
    const auto app = m_apps.find(name);
    if (app == m_apps.end() || !app->second.wanted)
        return fail("app.unknown", "there is no app `" + name + "`", "see mainstayctl app list");
    app->second.replaceUpTo = app->second.lastRun;
    app->second.ends.clear();
    for (const Instance &instance : app->second.instances) {
        if (!instance.isLeaving())
            m_doors.launcher.rememberOutdated(instance.identity);
    }
    app->second.notBefore = {};
    reconcile();
    return {};
}

void Supervisor::stop()
{
    m_stopped = true;
    m_timer.stop();
}

void Supervisor::reconcile()
{
    if (!m_allReported || !m_configuration || m_stopped)
        return;
    bool changed = false;
    for (auto &[name, app] : m_apps)
        changed = reconcile(name, app) || changed;
    std::erase_if(m_apps, [](const auto &entry) { return !entry.second.wanted && entry.second.instances.empty(); });
    if (isSettled())
        m_timer.stop();
    else if (!m_timer.isActive())
        m_timer.start();
    if (changed)
        Q_EMIT instancesChanged();
}

bool Supervisor::reconcile(const std::string &name, App &app)
{
    giveUpOnLate(name, app);
    std::vector<Member> members;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < app.instances.size(); ++i) {
        const Instance &instance = app.instances[i];
        if (instance.isLeaving())
            continue;
        members.push_back({isCurrent(app, instance), instance.stage == Stage::ready && instance.answers});
        places.push_back(i);
    }
    const RolloutStep step = nextStep(members, app.wanted ? app.config.instances : 0);
    for (const std::size_t member : step.drain) {
        Instance &instance = app.instances[places[member]];
        instance.stage = Stage::draining;
        instance.since = SteadyClock::now();
        m_doors.setTaking(instance.identity, false);
    }
    bool changed = retire(app) || !step.drain.empty();
    if (step.start == 0)
        app.waitsFor.clear();
    else if (isHeldBack(name, app))
        return changed;
    for (std::uint32_t i = 0; i < step.start && SteadyClock::now() >= app.notBefore; ++i)
        changed = startOne(name, app) || changed;
    return changed;
}

bool Supervisor::isHeldBack(const std::string &name, App &app)
{
    const std::string waitsFor = m_doors.waitsFor(app.config);
    if (std::exchange(app.waitsFor, waitsFor) != waitsFor && !waitsFor.empty())
        m_doors.tell(false, name, waitsFor);
    return !waitsFor.empty();
}

void Supervisor::giveUpOnLate(const std::string &name, App &app)
{
    if (!app.wanted)
        return;
    for (Instance &instance : app.instances) {
        if (const std::string why = whyGivenUp(instance, app.config.readyTimeout); !why.empty())
            giveUp(name, app, instance, why);
    }
}

void Supervisor::giveUp(const std::string &name, App &app, Instance &instance, const std::string &why)
{
    failed(name, app, "instance " + instance.identity.name() + " " + why);
    instance.stage = Stage::stopping;
    instance.since = SteadyClock::now();
    m_doors.setTaking(instance.identity, false);
    m_doors.launcher.stop(instance.identity);
}

// Ends those that are done with their requests, or have had their time.
bool Supervisor::retire(App &app)
{
    bool changed = false;
    const Milliseconds patience = app.config.stopTimeout;
    for (Instance &instance : app.instances) {
        if (instance.stage != Stage::draining)
            continue;
        const auto waited = SteadyClock::now() - instance.since;
        const bool isDone = waited >= kSettling && m_doors.inFlight(instance.identity) == 0;
        if (!isDone && waited < patience && instance.report.process != 0)
            continue;
        instance.stage = Stage::stopping;
        instance.since = SteadyClock::now();
        m_doors.launcher.stop(instance.identity);
        changed = true;
    }
    return changed;
}

bool Supervisor::startOne(const std::string &name, App &app)
{
    if (!app.config.environmentFile.empty())
        takeFingerprint(name, app);
    InstanceIdentity identity;
    identity.app = name;
    const auto isTaken = [&](std::uint32_t number) {
        return std::any_of(app.instances.begin(), app.instances.end(), [&](const Instance &instance) {
            return !instance.isLeaving() && isCurrent(app, instance) && instance.identity.number == number;
        });
    };
    while (isTaken(identity.number))
        ++identity.number;
    identity.run = ++app.lastRun;
    identity.fingerprint = app.fingerprint;
    if (app.config.kind == config::AppKind::handlers)
        identity.token = QUuid::createUuid().toString(QUuid::Id128).toStdString() +
                         QUuid::createUuid().toString(QUuid::Id128).toStdString();
    auto address = freeAddress(app.config.listen, identity.runName(), givenPorts(), m_surroundings);
    if (!address) {
        failed(name, app, address.error().text());
        return false;
    }
    identity.address = *address;
    const auto launch = launchOf(identity, *m_configuration, m_surroundings);
    if (!launch) {
        failed(name, app, launch.error().text());
        return false;
    }
    if (const Result<> started = m_doors.launcher.start(identity, *launch); !started) {
        failed(name, app, started.error().text());
        return false;
    }
    m_doors.setTaking(identity, false);
    app.instances.push_back({.identity = identity, .since = SteadyClock::now()});
    return true;
}

std::set<std::uint16_t> Supervisor::givenPorts() const
{
    std::set<std::uint16_t> ports;
    for (const auto &[name, app] : m_apps) {
        for (const Instance &instance : app.instances) {
            if (const Endpoint *endpoint = instance.identity.address.endpoint())
                ports.insert(endpoint->port);
        }
    }
    return ports;
}

void Supervisor::failed(const std::string &name, App &app, const std::string &reason)
{
    const Milliseconds delay = delayAfter(app.failures++);
    app.notBefore = SteadyClock::now() + delay;
    note(name, app, reason);
}

void Supervisor::note(const std::string &name, App &app, const std::string &reason)
{
    if (std::exchange(app.reason, reason) != reason && !reason.empty())
        m_doors.tell(true, name, reason);
}

std::string Supervisor::whyGivenUp(const Instance &instance, Milliseconds patience)
{
    if (instance.isLeaving())
        return "";
    const std::string seen = instance.lastCheck.empty() ? "" : ": " + instance.lastCheck;
    const std::string time = config::Duration(patience).text();
    if (instance.stage == Stage::ready) {
        const bool isSilent = !instance.answers && SteadyClock::now() - instance.silentSince >= patience;
        return isSilent ? "has not answered for " + time + seen : "";
    }
    // It may be its address that it cannot use: another one gets another.
    if (instance.report.restarts - instance.restartsWhenReady >= kMostRestarts)
        return "keeps ending: " + instance.report.reason;
    const bool isLate = instance.report.process != 0 && SteadyClock::now() - instance.since >= patience;
    return isLate ? "was not ready within " + time + seen : "";
}

bool Supervisor::isCurrent(const App &app, const Instance &instance) const
{
    return app.wanted && instance.identity.fingerprint == app.fingerprint && instance.identity.run > app.replaceUpTo;
}

bool Supervisor::isSettled() const
{
    return std::all_of(m_apps.begin(), m_apps.end(), [this](const auto &entry) {
        const App &app = entry.second;
        const bool allReady = std::all_of(app.instances.begin(), app.instances.end(), [&](const Instance &instance) {
            return instance.stage == Stage::ready && instance.answers && isCurrent(app, instance);
        });
        return allReady && app.wanted && app.instances.size() == app.config.instances;
    });
}

} // namespace mainstay::apps
