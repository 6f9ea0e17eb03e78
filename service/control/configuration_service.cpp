// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/configuration_service.h"

#include "control/background.h"

#include <algorithm>

namespace mainstay::control {

namespace {

// How long what the surroundings refused is left alone before it is tried again.
constexpr Milliseconds kRetry{5000};
// Names are looked up and local certificates looked after this often when nothing is wrong.
constexpr Milliseconds kRegularly{60'000};

} // namespace

ConfigurationService::ConfigurationService(Parts parts) : m_parts(std::move(parts))
{
    m_confirmation.setSingleShot(true);
    connect(&m_confirmation, &QTimer::timeout, this, &ConfigurationService::goBack);
    m_refresh.setSingleShot(true);
    connect(&m_refresh, &QTimer::timeout, this, [this] {
        auto change = std::make_shared<Change>();
        change->refreshes = true;
        enqueue(std::move(change));
    });
}

void ConfigurationService::boot(std::function<void()> done)
{
    BootConfiguration boot = m_parts.store.boot();
    m_bootProblems = std::move(boot.problems);
    m_revision = boot.revision;
    auto change = std::make_shared<Change>();
    change->candidate = std::move(boot.candidate);
    change->boots = true;
    change->authorship = {"mainstay", "first start"};
    change->reply = [done = std::move(done)](const ApplyOutcome &) { done(); };
    enqueue(std::move(change));
}

void ConfigurationService::apply(Authorship authorship, std::optional<Seconds> confirmWithin, Reply reply)
{
    auto change = std::make_shared<Change>();
    change->authorship = std::move(authorship);
    change->confirmWithin = confirmWithin;
    change->reply = std::move(reply);
    enqueue(std::move(change));
}

void ConfigurationService::rollBack(RevisionNumber revision, Authorship authorship, Reply reply)
{
    auto change = std::make_shared<Change>();
    change->authorship = std::move(authorship);
    change->rollsBackTo = revision;
    change->reply = std::move(reply);
    enqueue(std::move(change));
}

Result<ApplyOutcome> ConfigurationService::confirm()
{
    if (!m_goesBack)
        return fail("config.nothing-to-confirm", "no change waits for confirmation");
    m_confirmation.stop();
    m_goesBack.reset();
    m_parts.events.add(logs::EventSeverity::info, "", "revision " + std::to_string(m_revision) + " is confirmed");
    return ApplyOutcome{true, m_revision, {}, {}};
}

Problems ConfigurationService::problems() const
{
    Problems all = m_bootProblems;
    all.insert(all.end(), m_running.loaded.problems.begin(), m_running.loaded.problems.end());
    all.insert(all.end(), m_setAside.begin(), m_setAside.end());
    if (const Result<> &writable = m_parts.store.writable(); !writable)
        all.push_back({writable.error().code, "", writable.error().message, writable.error().remedy, {}});
    return all;
}

void ConfigurationService::enqueue(std::shared_ptr<Change> change)
{
    m_queue.push_back(std::move(change));
    startNext();
}

void ConfigurationService::startNext()
{
    if (m_busy || m_queue.empty())
        return;
    m_busy = true;
    m_refresh.stop();
    const std::shared_ptr<Change> change = std::move(m_queue.front());
    m_queue.pop_front();
    if (change->refreshes)
        change->candidate = m_running;
    if (change->boots || change->refreshes)
        prepareSurroundings(change);
    else
        read(change);
}

void ConfigurationService::read(const std::shared_ptr<Change> &change)
{
    if (change->rollsBackTo) {
        Result<Candidate> revision = m_parts.store.load(*change->rollsBackTo);
        if (!revision) {
            const Error &error = revision.error();
            return refuse(change, {{error.code, "", error.message, error.remedy, {}}});
        }
        change->candidate = std::move(*revision);
        return hasErrors(change->candidate.loaded.problems) ? refuse(change, change->candidate.loaded.problems)
                                                            : prepareSurroundings(change);
    }
    runInBackground(
        this, [folders = m_parts.store.folders()] { return readDisk(folders); },
        [this, change](Candidate candidate) {
            change->candidate = std::move(candidate);
            if (hasErrors(change->candidate.loaded.problems))
                refuse(change, change->candidate.loaded.problems);
            else
                prepareSurroundings(change);
        });
}

void ConfigurationService::prepareSurroundings(const std::shared_ptr<Change> &change)
{
    runInBackground(
        this,
        [change, surroundings = m_parts.surroundings, before = m_prepared] {
            const schema::Loaded &loaded = change->candidate.loaded;
            return prepare(loaded.configuration, loaded.origins, surroundings, *before);
        },
        [this, change](Prepared prepared) { finish(change, std::move(prepared)); });
}

void ConfigurationService::finish(const std::shared_ptr<Change> &change, Prepared prepared)
{
    const Candidate &candidate = change->candidate;
    Problems problems = m_parts.sockets.prepare(candidate.loaded.configuration, candidate.loaded.origins);
    problems.insert(problems.end(), prepared.problems.begin(), prepared.problems.end());
    const bool tolerant = change->boots || change->refreshes;
    if (!tolerant && hasErrors(problems)) {
        m_parts.sockets.abandon();
        return refuse(change, std::move(problems));
    }
    // Stored first: nothing after this can fail, and a crash in between starts with what was meant.
    const RevisionNumber before = m_revision;
    const bool isNew = !change->refreshes && (m_revision == 0 || candidate.files != m_running.files);
    if (isNew && !(change->boots && m_revision > 0) && !hasErrors(candidate.loaded.problems)) {
        const Result<RevisionNumber> stored = m_parts.store.commit(candidate, change->authorship);
        if (stored) {
            m_revision = *stored;
        } else if (!change->boots) {
            m_parts.sockets.abandon();
            const Error &error = stored.error();
            return refuse(change, {{error.code, "", error.message, error.remedy, {}}});
        }
    }
    if (change->boots || change->refreshes) {
        if (problems != m_setAside)
            report(problems);
    }
    m_setAside = std::move(problems);
    publish(candidate, std::move(prepared));
    if (!change->refreshes) {
        m_confirmation.stop();
        m_goesBack.reset();
        if (change->confirmWithin && before != 0)
            armConfirmation(*change, before);
        m_parts.events.add(logs::EventSeverity::info, "", "revision " + std::to_string(m_revision) + " is served");
    }
    ApplyOutcome outcome{true, m_revision, m_setAside, m_goesBack};
    m_busy = false;
    scheduleRefresh();
    if (change->reply)
        change->reply(std::move(outcome));
    startNext();
}

void ConfigurationService::refuse(const std::shared_ptr<Change> &change, Problems problems)
{
    m_busy = false;
    m_parts.events.add(logs::EventSeverity::warning, "", "a change was refused: " + problems.front().text());
    scheduleRefresh();
    if (change->reply)
        change->reply({false, m_revision, std::move(problems), m_goesBack});
    startNext();
}

void ConfigurationService::publish(const Candidate &candidate, Prepared prepared)
{
    m_running = candidate;
    m_prepared = std::make_shared<const Prepared>(std::move(prepared));
    const auto publication = m_parts.builder.build(m_running.loaded.configuration, *m_prepared);
    applyServerStates();
    for (const auto &plane : m_parts.planes)
        plane->publish(publication);
    ++m_publishes;
    m_parts.sockets.commit();
    forgetCells();
    m_serving = true;
}

void ConfigurationService::applyServerStates()
{
    for (const auto &[backend, config] : m_running.loaded.configuration.backends) {
        for (const auto &[id, server] : config.servers) {
            const ServerOverride override = m_parts.overrides.find({backend, id});
            const auto cell = m_parts.cells.server({backend, id});
            cell->state.store(override.state.value_or(server.state), std::memory_order_relaxed);
            cell->weight.store(override.weight.value_or(server.weight), std::memory_order_relaxed);
        }
    }
}

void ConfigurationService::forgetCells()
{
    const config::Configuration &now = m_running.loaded.configuration;
    m_parts.cells.keepListeners([&](const std::string &name) { return now.listeners.contains(name); });
    m_parts.cells.keepSites([&](const std::string &name) { return now.sites.contains(name); });
    m_parts.cells.keepZones([&](const std::string &name) { return name.empty() || now.zones.contains(name); });
    m_parts.cells.keepBackends([&](const std::string &name) { return now.backends.contains(name); });
    m_parts.cells.keepServers([&](const CellRegistry::ServerKey &key) {
        const auto backend = now.backends.find(key.first);
        return backend != now.backends.end() && backend->second.servers.contains(key.second);
    });
}

void ConfigurationService::armConfirmation(const Change &change, RevisionNumber before)
{
    m_goesBackTo = before;
    m_goesBack = WallClock::now() + *change.confirmWithin;
    m_confirmation.start(*change.confirmWithin);
}

void ConfigurationService::goBack()
{
    m_goesBack.reset();
    m_parts.events.add(logs::EventSeverity::warning, "",
                       "revision " + std::to_string(m_revision) + " was not confirmed: going back to revision " +
                           std::to_string(m_goesBackTo));
    rollBack(m_goesBackTo, {"mainstay", "revision " + std::to_string(m_revision) + " was not confirmed"}, {});
}

void ConfigurationService::scheduleRefresh()
{
    if (m_serving)
        m_refresh.start(hasErrors(m_setAside) ? kRetry : kRegularly);
}

void ConfigurationService::report(const Problems &problems)
{
    for (const Problem &problem : problems) {
        const bool isError = problem.severity == Severity::error;
        m_parts.events.add(isError ? logs::EventSeverity::error : logs::EventSeverity::warning, problem.path,
                           problem.text());
    }
}

} // namespace mainstay::control
