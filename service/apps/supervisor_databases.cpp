// SPDX-License-Identifier: GPL-3.0-or-later
// That an instance which cannot reach its database does not take the place of one that can.
#include "apps/supervisor.h"

#include <algorithm>
#include <memory>
#include <optional>

namespace mainstay::apps {

namespace {

using Stage = Instance::Stage;

constexpr Milliseconds kCompareEvery{1000};

} // namespace

const Instance *Supervisor::replacedBy(const App &app, const Instance &instance) const
{
    if (app.config.kind != config::AppKind::handlers || app.config.database.name.empty() || !isCurrent(app, instance))
        return nullptr;
    const auto old = std::find_if(app.instances.begin(), app.instances.end(), [&](const Instance &other) {
        return other.stage == Stage::ready && other.answers && !isCurrent(app, other);
    });
    return old == app.instances.end() ? nullptr : &*old;
}

// Both are asked at once: a database that does not answer takes its time to show it.
void Supervisor::compareDatabases(const std::string &name, Instance &instance, InstanceIdentity old)
{
    if (instance.isComparing || SteadyClock::now() < instance.compareAgain)
        return;
    instance.isComparing = true;
    struct Answers {
        std::optional<std::string> next;
        std::optional<std::string> old;
    };
    auto answers = std::make_shared<Answers>();
    const auto take = [this, name, identity = instance.identity, answers] {
        const bool isDecided = answers->next && (answers->next->empty() || answers->old);
        if (isDecided)
            takeComparison(name, identity, *answers->next, answers->old && answers->old->empty());
    };
    m_doors.askDatabase(instance.identity, [answers, take](std::string why) {
        answers->next = std::move(why);
        take();
    });
    m_doors.askDatabase(old, [answers, take](std::string why) {
        answers->old = std::move(why);
        take();
    });
}

void Supervisor::takeComparison(const std::string &name, const InstanceIdentity &identity, const std::string &unreached,
                                bool oldReaches)
{
    const auto app = m_apps.find(name);
    if (app == m_apps.end() || m_stopped)
        return;
    const auto instance = std::find_if(app->second.instances.begin(), app->second.instances.end(),
                                       [&](const Instance &one) { return one.identity.run == identity.run; });
    if (instance == app->second.instances.end() || instance->stage != Stage::starting ||
        !std::exchange(instance->isComparing, false))
        return;
    // Where neither reaches one, the new one is no worse; a service that starts while its database is away serves.
    if (unreached.empty() || !oldReaches) {
        instance->lastCheck = unreached.empty() ? "reaches its database" : "reaches its database no less than others";
        return becomeReady(name, app->second, *instance);
    }
    instance->compareAgain = SteadyClock::now() + kCompareEvery;
    instance->unreached = "does not reach its database, as the one before does: " + unreached;
    instance->lastCheck = instance->unreached;
    note(name, app->second, "instance " + identity.name() + " " + instance->unreached);
}

} // namespace mainstay::apps
