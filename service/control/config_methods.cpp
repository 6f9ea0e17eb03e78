// SPDX-License-Identifier: GPL-3.0-or-later
// config.*
#include "control/check.h"
#include "control/method_groups.h"
#include "rpc/methods.h"
#include "schema/node.h"
#include "schema/writer.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace mainstay::control {

namespace {

rpc::ConfigApplied appliedFrom(const ApplyOutcome &outcome)
{
    rpc::ConfigApplied applied;
    applied.applied = outcome.applied;
    applied.revision = outcome.revision;
    applied.confirmBy = outcome.goesBack;
    applied.problems = outcome.problems;
    return applied;
}

// What a path leads to, and the path as the configuration spells it.
struct Place {
    QJsonValue value = QJsonValue::Undefined;
    std::string path;
};

// Names that contain dots, as those of zones do, may be quoted or not.
Place placeAt(const QJsonObject &from, const QString &path, const std::string &within = {})
{
    for (auto member = from.begin(); member != from.end(); ++member) {
        const std::string spelt = schema::joinPath(within, member.key().toStdString());
        const QString quoted = QString::fromStdString(schema::keyText(member.key().toStdString()));
        for (const QString &name : {member.key(), quoted}) {
            if (path == name)
                return {member.value(), spelt};
            if (!path.startsWith(name + QLatin1Char('.')))
                continue;
            if (Place found = placeAt(member->toObject(), path.mid(name.size() + 1), spelt); !found.path.empty())
                return found;
        }
    }
    return {};
}

Result<rpc::ConfigView> viewOf(const Reporting &reporting, const std::string &path)
{
    const schema::Loaded &running = reporting.configuration.running().loaded;
    rpc::ConfigView view;
    view.revision = reporting.configuration.revision();
    const QJsonObject all = schema::writeJson(running.configuration, schema::Defaults::include);
    const Place place = path.empty() ? Place{all, {}} : placeAt(all, QString::fromStdString(path));
    if (place.value.isUndefined())
        return fail("config.unknown-object", "nothing in the running configuration is called `" + path + "`",
                    "see mainstayctl config get for all there is");
    view.path = place.path;
    view.config = place.value;
    for (const auto &[object, origin] : running.origins.objects()) {
        if (!origin.implied && (path.empty() || object == place.path || object.starts_with(place.path + ".")))
            view.origins.push_back({object, std::string(schema::ownerName(origin.owner)), origin.place});
    }
    return view;
}

schema::ObjectChange changeOfZone(const std::string &name, std::string before)
{
    return {schema::ObjectChange::Kind::changed,
            schema::joinPath("zone", name),
            {{"(content)", std::move(before), "its files are others"}}};
}

// Zones whose files say something else by now: an apply would read them again.
std::vector<schema::ObjectChange> changedZones(const Prepared &prepared)
{
    std::vector<schema::ObjectChange> changes;
    for (const auto &[name, zone] : prepared.zones) {
        if (!zone.changedFiles().empty())
            changes.push_back(changeOfZone(name, "serial " + std::to_string(zone.zone->serial())));
    }
    return changes;
}

std::vector<schema::ObjectChange> changedZones(const TextsByZone &zones)
{
    std::vector<schema::ObjectChange> changes;
    for (const auto &[name, texts] : zones) {
        if (std::ranges::any_of(texts, [](const ZoneText &text) { return sha256Of(text.path) != text.sha256; }))
            changes.push_back(changeOfZone(name, {}));
    }
    return changes;
}

Result<rpc::ConfigDiff> diffFrom(const Reporting &reporting, RevisionNumber from, Candidate after)
{
    auto compared = reporting.store.compare(from, std::move(after));
    if (!compared)
        return forward(std::move(compared));
    rpc::ConfigDiff diff{std::move(compared->changes), std::move(compared->after.problems)};
    const Problems restart = reporting.configuration.needingRestart(compared->after);
    diff.problems.insert(diff.problems.end(), restart.begin(), restart.end());
    return diff;
}

// Control thread. One at a time, since each reads every zone; those asked for meanwhile share the next.
class Checks {
public:
    explicit Checks(const Reporting &reporting) : m_reporting(reporting) {}

    void ask(const Reply<rpc::ConfigCheck> &reply)
    {
        m_asking.push_back(reply);
        if (!std::exchange(m_running, true))
            run();
    }

private:
    struct Checked {
        Candidate candidate;
        Problems problems;
    };

    void run()
    {
        m_reporting.background.run(
            &m_reporting.configuration,
            [folders = m_reporting.store.folders()] {
                Checked checked{readDisk(folders), {}};
                checked.problems = check(checked.candidate, folders.state, {});
                return checked;
            },
            [this, replies = std::exchange(m_asking, {})](Checked checked) {
                const schema::Loaded &loaded = checked.candidate.loaded;
                std::ranges::move(m_reporting.configuration.closingAll(checked.candidate),
                                  std::back_inserter(checked.problems));
                std::ranges::move(m_reporting.sockets.check(loaded.configuration, loaded.origins),
                                  std::back_inserter(checked.problems));
                for (const Reply<rpc::ConfigCheck> &reply : replies)
                    reply(rpc::ConfigCheck{!hasErrors(checked.problems), checked.problems});
                m_running = !m_asking.empty();
                if (m_running)
                    run();
            });
    }

    const Reporting &m_reporting;
    std::vector<Reply<rpc::ConfigCheck>> m_asking;
    bool m_running = false;
};

} // namespace

void bindConfigMethods(MethodRegistry &methods, const Reporting &reporting)
{
    methods.handle<rpc::GetConfig>(
        [&reporting](const rpc::GetConfig &request, const Caller &) { return viewOf(reporting, request.path); });
    methods.handle<rpc::ApplyConfig>(
        [&reporting](const rpc::ApplyConfig &request, const Caller &caller, const Reply<rpc::ConfigApplied> &reply) {
            reporting.configuration.apply({caller.user, request.reason}, request.confirm,
                                          [reply](const ApplyOutcome &outcome) { reply(appliedFrom(outcome)); });
        });
    methods.handle<rpc::RollBackConfig>([&reporting](const rpc::RollBackConfig &request, const Caller &caller,
                                                     const Reply<rpc::ConfigApplied> &reply) {
        reporting.configuration.rollBack(static_cast<RevisionNumber>(request.revision), {caller.user, request.reason},
                                         [reply](const ApplyOutcome &outcome) { reply(appliedFrom(outcome)); });
    });
    methods.handle<rpc::ConfirmConfig>(
        [&reporting](const rpc::ConfirmConfig &, const Caller &) -> Result<rpc::ConfigApplied> {
            auto outcome = reporting.configuration.confirm();
            if (!outcome)
                return forward(std::move(outcome));
            return appliedFrom(*outcome);
        });
    methods.handle<rpc::ListRevisions>(
        [&reporting](const rpc::ListRevisions &request, const Caller &) -> Result<rpc::RevisionList> {
            rpc::RevisionList list;
            for (const Revision &revision : reporting.store.history()) {
                if (list.revisions.size() == request.limit)
                    break;
                list.revisions.push_back({revision.number, revision.authorship.time, revision.authorship.author,
                                          revision.authorship.reason,
                                          revision.number == reporting.configuration.revision()});
            }
            return list;
        });
    methods.handle<rpc::DiffConfig>(
        [&reporting](const rpc::DiffConfig &request, const Caller &, const Reply<rpc::ConfigDiff> &reply) {
            const auto from = static_cast<RevisionNumber>(request.from.value_or(reporting.configuration.revision()));
            if (request.to) {
                auto after = reporting.store.load(static_cast<RevisionNumber>(*request.to));
                return reply(after ? diffFrom(reporting, from, std::move(*after)) : forward(std::move(after)));
            }
            struct OnDisk {
                Candidate candidate;
                std::vector<schema::ObjectChange> zones;
            };
            const auto before = request.from && from != 0 ? reporting.store.load(from) : Candidate();
            if (!before)
                return reply(tl::unexpected(before.error()));
            reporting.background.run(
                &reporting.configuration,
                [folders = reporting.store.folders(), prepared = reporting.configuration.shareablePrepared(),
                 runs = !request.from, zones = before->zones] {
                    return OnDisk{readDisk(folders), runs ? changedZones(*prepared) : changedZones(zones)};
                },
                [&reporting, from, reply](OnDisk disk) {
                    auto diff = diffFrom(reporting, from, std::move(disk.candidate));
                    if (diff)
                        std::ranges::move(disk.zones, std::back_inserter(diff->changes));
                    reply(std::move(diff));
                });
        });
    methods.handle<rpc::CheckConfig>(
        [checks = std::make_shared<Checks>(reporting)](const rpc::CheckConfig &, const Caller &,
                                                       const Reply<rpc::ConfigCheck> &reply) { checks->ask(reply); });
}

} // namespace mainstay::control
