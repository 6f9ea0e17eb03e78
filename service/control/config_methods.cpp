// SPDX-License-Identifier: GPL-3.0-or-later
// config.*
#include "control/background.h"
#include "control/check.h"
#include "control/method_groups.h"
#include "rpc/methods.h"

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

} // namespace

void bindConfigMethods(MethodRegistry &methods, const Reporting &reporting)
{
    methods.handle<rpc::ApplyConfig>([&reporting](const rpc::ApplyConfig &request, const Caller &caller,
                                                  const Reply<rpc::ConfigApplied> &reply) {
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
        [&reporting](const rpc::DiffConfig &request, const Caller &) -> Result<rpc::ConfigDiff> {
            const auto from = static_cast<RevisionNumber>(request.from.value_or(reporting.configuration.revision()));
            std::optional<RevisionNumber> to;
            if (request.to)
                to = static_cast<RevisionNumber>(*request.to);
            auto changes = reporting.store.diff(from, to);
            if (!changes)
                return forward(std::move(changes));
            return rpc::ConfigDiff{std::move(*changes), {}};
        });
    methods.handle<rpc::CheckConfig>(
        [&reporting](const rpc::CheckConfig &, const Caller &, const Reply<rpc::ConfigCheck> &reply) {
            runInBackground(
                &reporting.configuration,
                [folders = reporting.store.folders()] { return check(folders); },
                [reply](Problems problems) { reply(rpc::ConfigCheck{!hasErrors(problems), std::move(problems)}); });
        });
}

} // namespace mainstay::control
