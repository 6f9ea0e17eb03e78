// SPDX-License-Identifier: GPL-3.0-or-later
// How the instances of apps use the databases, as they tell it themselves.
#pragma once

#include "base/clock.h"
#include "base/endpoint.h"
#include "rpc/database_methods.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace mainstay::control {

// Immutable. An instance that answers "/.mainstay/status" with the counters of its pool.
struct PoolUser {
    std::string app;
    std::string instance;
    std::string database;
    Endpoint address;
    std::string token;

    [[nodiscard]] std::string name() const { return "app " + app + "." + instance; }
};

// Control thread. Asks all of them every few seconds, and waits for none: whoever does not answer in time, or with
// something else, is not known until it is asked again.
class AppPools : public QObject {
    Q_OBJECT

public:
    static constexpr Milliseconds kAskEvery{3000};
    static constexpr Milliseconds kPatience{2000}; // with one answer

    // `users` gives those that are there now; what another one told before is forgotten.
    explicit AppPools(std::function<std::vector<PoolUser>()> users);
    ~AppPools() override;

    void ask();
    [[nodiscard]] std::vector<rpc::DatabasePool> of(const std::string &database) const;

private:
    void ask(const PoolUser &user);
    void finish(const PoolUser &user, const QByteArray &answer);

    const std::function<std::vector<PoolUser>()> m_users;
    std::set<std::string> m_asked; // whose answers are waited for
    std::map<std::string, rpc::DatabasePool> m_told;
    QTimer m_timer;
};

} // namespace mainstay::control
