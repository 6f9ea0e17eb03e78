// SPDX-License-Identifier: GPL-3.0-or-later
// The programs that the core has the guard run. They outlive it.
#pragma once

#include "guard/child_table.h"
#include "guard/event_loop.h"
#include "guard/identity.h"
#include "guard/log_file.h"
#include "handover/app_spec.h"
#include "handover/messages.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mainstay::guard {

// One thread.
class AppTable {
public:
    struct Surroundings {
        std::string attendant;            // path of mainstay-attendant
        std::string logs;                 // folder
        std::optional<Identity> identity; // the core's; nothing: the guard's own user
    };
    using Listener = std::function<void(const handover::AppReport &)>;

    // `loop` and `children` outlive this.
    AppTable(EventLoop &loop, ChildTable &children, Surroundings surroundings);
    ~AppTable();

    // To whom what becomes of the apps is told from now on; and, at once, how they are.
    void listen(Listener listener);

    // `memories`: the spec's, and what the program inherits, if anything. What cannot be started is told, and is over.
    void start(const handover::StartApp &order, std::vector<handover::Descriptor> memories);
    void stop(const std::string &name);
    void stopAll();
    // It is ready, as a core has found.
    void noteReady(const std::string &name);
    // It is to be replaced, as a core has been told.
    void noteOutdated(const std::string &name);
    // A line for the program's log, beside what it prints.
    void log(const std::string &name, std::string_view line);
    // Call after the children have been collected.
    void forgetEnded();

private:
    class App;

    [[nodiscard]] Result<Child::Spec> childSpec(const std::string &name, const handover::AppSpec &spec) const;
    // The file of that name in the folder of logs. Fails with "app-spec.malformed".
    [[nodiscard]] Result<std::shared_ptr<LogFile>> logFile(const std::string &name);
    void tell(const handover::AppReport &report) const;

    EventLoop &m_loop;
    ChildTable &m_children;
    Surroundings m_surroundings;
    Listener m_listener;
    std::map<std::string, std::weak_ptr<LogFile>> m_logs; // by name; shared by the instances of an app
    std::map<std::string, std::unique_ptr<App>> m_apps;   // by name
};

} // namespace mainstay::guard
