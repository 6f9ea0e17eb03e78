// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/app_pools.h"

#include "control/instance_question.h"
#include "rpc/json_value.h"

#include <QJsonDocument>

#include <algorithm>
#include <optional>

namespace mainstay::control {
namespace {

std::optional<rpc::DatabasePool> poolOf(const QByteArray &answer)
{
    const QJsonDocument json = QJsonDocument::fromJson(bodyOf(answer));
    if (!isOk(answer) || !json.isObject())
        return std::nullopt;
    const Result<rpc::DatabasePool> pool = rpc::readAnswer<rpc::DatabasePool>(json.object());
    return pool ? std::optional(*pool) : std::nullopt;
}

} // namespace

AppPools::AppPools(std::function<std::vector<PoolUser>()> users) : m_users(std::move(users))
{
    m_timer.callOnTimeout(this, qOverload<>(&AppPools::ask));
    m_timer.start(kAskEvery);
}

AppPools::~AppPools()
{
    dropQuestions(this);
}

void AppPools::ask()
{
    const std::vector<PoolUser> users = m_users();
    std::erase_if(m_told, [&](const auto &told) {
        return std::ranges::none_of(users, [&](const PoolUser &user) { return user.name() == told.first; });
    });
    for (const PoolUser &user : users)
        ask(user);
}

void AppPools::ask(const PoolUser &user)
{
    if (!m_asked.insert(user.name()).second)
        return;
    askInstance(this, {user.address, user.token, "/.mainstay/status", kPatience},
                [this, user](const QByteArray &answer) { finish(user, answer); });
}

void AppPools::finish(const PoolUser &user, const QByteArray &answer)
{
    if (m_asked.erase(user.name()) == 0)
        return;
    std::optional<rpc::DatabasePool> pool = poolOf(answer);
    if (!pool) {
        m_told.erase(user.name());
        return;
    }
    pool->user = user.name();
    m_told.insert_or_assign(user.name(), std::move(*pool));
}

std::vector<rpc::DatabasePool> AppPools::of(const std::string &database) const
{
    std::vector<rpc::DatabasePool> pools;
    for (const PoolUser &user : m_users())
        if (const auto told = m_told.find(user.name()); user.database == database && told != m_told.end())
            pools.push_back(told->second);
    return pools;
}

} // namespace mainstay::control
