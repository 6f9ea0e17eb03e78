// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/configuration_service.h"

#include "control/check.h"

#include <QPointer>

#include <algorithm>

namespace mainstay::control {

namespace {

// At the start nobody is served yet, and the names' resolver may be a zone of our own. What is missing comes later.
constexpr Milliseconds kPatienceAtStart{500};

void append(Problems &to, const Problems &more)
{
    to.insert(to.end(), more.begin(), more.end());
}

// Of a zone that could not be read the texts that were known are kept.
void takeTexts(TextsByZone &texts, const Prepared &prepared)
{
    for (const auto &[name, zone] : prepared.zones) {
        if (!zone.texts.empty())
            texts[name] = zone.texts;
    }
}

Problem problemOf(const Error &error)
{
    return {error.code, "", error.message, error.remedy, {}};
}

} // namespace

ConfigurationService::ConfigurationService(Parts parts) : m_parts(std::move(parts))
{
    m_confirmation.setSingleShot(true);
    m_confirmation.setTimerType(Qt::PreciseTimer);
    connect(&m_confirmation, &QTimer::timeout, this, &ConfigurationService::goBack);
    m_refresh.setSingleShot(true);
    connect(&m_refresh, &QTimer::timeout, this, [this] {
        auto change = std::make_shared<Change>();
        change->tolerant = true;
        change->commits = false;
        change->refreshes = true;
        enqueue(std::move(change));
    });
}

void ConfigurationService::boot(BootConfiguration boot, std::function<void()> done)
{
    m_bootProblems = std::move(boot.problems);
    report(problems());
    report(boot.candidate.loaded.problems);
    m_revision = boot.revision;
    m_startedWith = boot.candidate.loaded.configuration.service;
    await(boot.confirmation);
    auto change = std::make_shared<Change>();
    change->candidate = std::make_shared<const Candidate>(std::move(boot.candidate));
    change->isRead = true;
    change->tolerant = true;
    change->commits = boot.toCommit.has_value();
    change->authorship = std::move(boot.toCommit).value_or(Authorship{});
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

void ConfigurationService::stop()
{
    m_stopped = true;
    m_refresh.stop();
    m_confirmation.stop();
    const Problem stopping{"service.stopping", "", "the service is stopping", "change it after the next start", {}};
    for (const auto &change : std::exchange(m_queue, {})) {
        if (change->reply)
            change->reply({false, m_revision, {stopping}, confirmBy()});
    }
}

Result<ApplyOutcome> ConfigurationService::confirm()
{
    if (!m_awaited)
        return fail("config.nothing-to-confirm", "no change waits for confirmation");
    if (Result<> confirmed = m_parts.store.confirm(); !confirmed)
        return forward(std::move(confirmed));
    await({});
    m_parts.events.add(logs::EventSeverity::info, "", "revision " + std::to_string(m_revision) + " is confirmed");
    return ApplyOutcome{true, m_revision, {}, {}};
}

std::optional<WallTime> ConfigurationService::confirmBy() const
{
    return m_awaited ? std::optional(m_awaited->deadline) : std::nullopt;
}

Problems ConfigurationService::problems() const
{
    Problems all = m_bootProblems;
    append(all, m_running->loaded.problems);
    append(all, needingRestart(m_running->loaded));
    append(all, m_setAside);
    if (const Result<> &writable = m_parts.store.writable(); !writable)
        all.push_back(problemOf(writable.error()));
    return all;
}

Problems ConfigurationService::needingRestart(const schema::Loaded &loaded) const
{
    Problems problems;
    const config::ServiceConfig &service = loaded.configuration.service;
    config::ServiceConfig::describe([&](auto member, const char *name, const config::Setting &setting) {
        if (!setting.restart || service.*member == m_startedWith.*member)
            return;
        const std::string path = schema::joinPath("service", name);
        problems.push_back({"config.needs-restart", path, "a change of this takes effect when the service starts again",
                            "restart the service", loaded.origins.place(path), Severity::warning});
    });
    return problems;
}

void ConfigurationService::enqueue(std::shared_ptr<Change> change)
{
    m_queue.push_back(std::move(change));
    startNext();
}

void ConfigurationService::startNext()
{
    if (m_busy || m_queue.empty() || m_stopped)
        return;
    m_busy = true;
    m_refresh.stop();
    const std::shared_ptr<Change> change = std::move(m_queue.front());
    m_queue.pop_front();
    if (change->refreshes) {
        change->candidate = m_running;
        change->isRead = true;
    }
    if (change->becauseOf && change->becauseOf != m_awaited) {
        m_busy = false;
        scheduleRefresh();
        startNext();
    } else if (change->isRead) {
        prepareSurroundings(change);
    } else {
        read(change);
    }
}

void ConfigurationService::read(const std::shared_ptr<Change> &change)
{
    if (change->rollsBackTo) {
        Result<Candidate> revision = m_parts.store.load(*change->rollsBackTo);
        if (!revision)
            return refuse(change, {problemOf(revision.error())});
        change->candidate = std::make_shared<const Candidate>(std::move(*revision));
        return hasErrors(change->candidate->loaded.problems) ? refuse(change, change->candidate->loaded.problems)
                                                             : prepareSurroundings(change);
    }
    m_parts.background.run(
        this,
        [change, folders = m_parts.store.folders(), before = m_prepared] {
            change->candidate = std::make_shared<const Candidate>(readDisk(folders));
            // Refused already, so all that is wrong is looked for.
            return hasErrors(change->candidate->loaded.problems) ? check(*change->candidate, folders.state, *before)
                                                                 : Problems();
        },
        [this, change](Problems problems) {
            append(problems, closingAll(*change->candidate));
            if (!hasErrors(problems))
                return prepareSurroundings(change);
            const schema::Loaded &loaded = change->candidate->loaded;
            if (!m_stopped) // the guard is to keep the sockets then
                append(problems, m_parts.sockets.check(loaded.configuration, loaded.origins));
            refuse(change, std::move(problems));
        });
}

Problems ConfigurationService::closingAll(const Candidate &candidate) const
{
    if (!candidate.servesNothing() || m_running->servesNothing())
        return {};
    return {{"config.closes-all",
             "",
             candidate.files.empty() ? "there is no configuration any more: everything that is open would be closed"
                                     : "there is no listener any more: everything that is open would be closed",
             "put the files back; to serve nothing, stop the service",
             {(m_parts.store.folders().config / "mainstay.toml").string()},
             Severity::error}};
}

void ConfigurationService::prepareSurroundings(const std::shared_ptr<Change> &change)
{
    Surroundings surroundings = m_parts.surroundings;
    if (!m_serving)
        surroundings.lookupPatience = kPatienceAtStart;
    surroundings.readsZonesAgain = !change->refreshes;
    surroundings.appliedZones = change->candidate->zones;
    m_parts.background.run(
        this,
        [change, surroundings, before = m_prepared] {
            const schema::Loaded &loaded = change->candidate->loaded;
            return prepare(loaded.configuration, loaded.origins, surroundings, *before);
        },
        [this, change](Prepared prepared) { finish(change, std::move(prepared)); });
}

void ConfigurationService::finish(const std::shared_ptr<Change> &change, Prepared prepared)
{
    if (m_stopped)
        return;
    if (change->becauseOf && change->becauseOf != m_awaited) { // confirmed while it was prepared
        scheduleRefresh();
        m_busy = false;
        return startNext();
    }
    if (change->commits) {
        auto withTexts = std::make_shared<Candidate>(*change->candidate);
        takeTexts(withTexts->zones, prepared);
        change->candidate = std::move(withTexts);
    }
    const schema::Loaded &loaded = change->candidate->loaded;
    Problems setAside = m_parts.sockets.prepare(loaded.configuration, loaded.origins);
    append(setAside, prepared.problems);
    Problems all = loaded.problems;
    append(all, needingRestart(loaded));
    append(all, setAside);
    if (!change->tolerant && hasErrors(setAside)) {
        m_parts.sockets.abandon();
        return refuse(change, std::move(all));
    }
    const bool isChange = isNew(*change);
    // Stored first: nothing after this can fail, and a crash in between starts with what was meant.
    if (Result<> committed = commit(*change); !committed) {
        if (!change->tolerant) {
            m_parts.sockets.abandon();
            return refuse(change, {problemOf(committed.error())});
        }
        all.push_back(problemOf(committed.error()));
        if (m_serving || m_parts.store.writable()) // otherwise boot() has told of it
            report({all.back()});
    }
    if (change->confirmWithin && !m_awaited)
        all.push_back({isChange ? "config.no-way-back" : "config.unchanged",
                       "",
                       isChange ? "there is nothing to go back to, so this revision stays"
                                : "nothing has changed, so nothing waits for confirmation",
                       "",
                       {},
                       Severity::warning});
    if (change->tolerant && setAside != m_setAside)
        report(setAside);
    m_setAside = std::move(setAside);
    publish(change->candidate, std::move(prepared));
    Q_EMIT published(change->refreshes);
    m_parts.publisher.settle([self = QPointer(this), change, all = std::move(all)] {
        if (self)
            self->conclude(change, all);
    });
}

void ConfigurationService::conclude(const std::shared_ptr<Change> &change, Problems problems)
{
    if (!change->refreshes)
        m_parts.events.add(logs::EventSeverity::info, "",
                           m_revision != 0              ? "revision " + std::to_string(m_revision) + " is served"
                           : m_running->servesNothing() ? "no configuration is served"
                                                        : "what stands on disk is served, and is no revision yet");
    end(change, true, std::move(problems));
}

bool ConfigurationService::isNew(const Change &change) const
{
    return m_revision == 0 || m_revision != m_parts.store.applied() || change.candidate->files != m_running->files ||
           change.candidate->zones != m_running->zones;
}

Result<> ConfigurationService::commit(const Change &change)
{
    if (!change.commits || !isNew(change))
        return {};
    const RevisionNumber back = m_awaited ? m_awaited->goesBackTo : m_revision;
    std::optional<Confirmation> confirmation;
    if (change.confirmWithin && back != 0)
        confirmation = Confirmation{back, WallClock::now() + *change.confirmWithin};
    Result<RevisionNumber> stored = m_parts.store.commit(*change.candidate, change.authorship, confirmation);
    if (!stored && !change.tolerant)
        return forward(std::move(stored));
    if (stored && m_serving)
        m_bootProblems.clear();
    m_revision = stored ? *stored : change.rollsBackTo.value_or(m_revision);
    await(confirmation);
    return stored ? Result<>{} : forward(std::move(stored));
}

void ConfigurationService::refuse(const std::shared_ptr<Change> &change, Problems problems)
{
    const auto first = std::find_if(problems.begin(), problems.end(),
                                    [](const Problem &problem) { return problem.severity == Severity::error; });
    m_parts.events.add(logs::EventSeverity::warning, "", "a change was refused: " + first->text());
    if (change->becauseOf)
        await({}); // there is nothing to go back to
    end(change, false, std::move(problems));
}

void ConfigurationService::end(const std::shared_ptr<Change> &change, bool applied, Problems problems)
{
    m_busy = false;
    scheduleRefresh();
    if (change->reply)
        change->reply({applied, m_revision, std::move(problems), confirmBy()});
    startNext();
}

void ConfigurationService::publish(std::shared_ptr<const Candidate> candidate, Prepared prepared)
{
    m_running = std::move(candidate);
    m_prepared = std::make_shared<const Prepared>(std::move(prepared));
    const config::Configuration &configuration = m_running->loaded.configuration;
    m_parts.publisher.publish(configuration, *m_prepared);
    m_parts.sockets.commit();
    m_parts.publisher.forgetOthers(configuration);
    m_serving = true;
}

void ConfigurationService::publishAgain()
{
    if (!m_serving)
        return;
    const config::Configuration &configuration = m_running->loaded.configuration;
    m_parts.publisher.publish(configuration, *m_prepared);
    m_parts.publisher.forgetOthers(configuration);
}

void ConfigurationService::await(std::optional<Confirmation> confirmation)
{
    m_awaited = confirmation;
    m_confirmation.stop();
    if (!m_awaited)
        return;
    const auto left = std::chrono::ceil<Milliseconds>(m_awaited->deadline - WallClock::now());
    m_confirmation.start(std::max(left, Milliseconds(0)));
}

void ConfigurationService::goBack()
{
    const std::string why = notConfirmed(m_revision);
    m_parts.events.add(logs::EventSeverity::warning, "",
                       why + ": going back to revision " + std::to_string(m_awaited->goesBackTo));
    auto change = std::make_shared<Change>();
    change->authorship = {"mainstay", why};
    change->rollsBackTo = m_awaited->goesBackTo;
    change->tolerant = true;
    change->becauseOf = m_awaited;
    change->reply = [this, to = m_awaited->goesBackTo](const ApplyOutcome &outcome) { Q_EMIT wentBack(to, outcome); };
    enqueue(std::move(change));
}

void ConfigurationService::scheduleRefresh()
{
    if (!m_serving || m_stopped)
        return;
    m_parts.store.retryWriting();
    const bool isUnresolved = std::ranges::find(m_setAside, "server.unresolved", &Problem::code) != m_setAside.end();
    const bool isWhole = !hasErrors(m_setAside) && !isUnresolved && m_parts.store.writable();
    const Milliseconds interval = m_running->loaded.configuration.service.lookupInterval;
    m_refresh.start(std::min(interval, isWhole ? m_parts.pace.regularly : m_parts.pace.retry));
}

void ConfigurationService::report(const Problems &problems)
{
    for (const Problem &problem : problems) {
        const bool isError = problem.severity == Severity::error;
        // The event says the path and the severity itself.
        const Problem what{problem.code, "", problem.message, problem.remedy, problem.source, Severity::error};
        m_parts.events.add(isError ? logs::EventSeverity::error : logs::EventSeverity::warning, problem.path,
                           what.text());
    }
}

} // namespace mainstay::control
