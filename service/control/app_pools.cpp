// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/app_pools.h"

#include "rpc/json_value.h"

#include <QHostAddress>
#include <QJsonDocument>
#include <QNetworkProxy>
#include <QTcpSocket>

#include <algorithm>
#include <memory>
#include <optional>

namespace mainstay::control {
namespace {

std::optional<rpc::DatabasePool> poolOf(const QByteArray &answer)
{
    const qsizetype body = answer.indexOf("\r\n\r\n");
    if (!answer.startsWith("HTTP/1.1 200 ") || body < 0)
        return std::nullopt;
    const QJsonDocument json = QJsonDocument::fromJson(answer.mid(body + 4));
    if (!json.isObject())
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
    // Their signals would find half of this.
    const auto sockets = findChildren<QTcpSocket *>();
    for (QTcpSocket *socket : sockets)
        socket->disconnect(this);
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
    auto *socket = new QTcpSocket(this);
    auto answer = std::make_shared<QByteArray>();
    const auto end = [this, socket, user, answer] { finish(socket, user, *answer); };
    connect(socket, &QTcpSocket::connected, this, [socket, user] {
        socket->write("GET /.mainstay/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nMainstay-Token: " +
                      QByteArray::fromStdString(user.token) + "\r\n\r\n");
    });
    connect(socket, &QTcpSocket::readyRead, this, [socket, answer, end] {
        *answer += socket->readAll();
        if (answer->size() <= kLongestAnswer)
            return;
        answer->clear();
        end();
    });
    connect(socket, &QTcpSocket::disconnected, this, end);
    connect(socket, &QTcpSocket::errorOccurred, this, end);
    // A half of an answer is none.
    QTimer::singleShot(kPatience, socket, [answer, end] {
        answer->clear();
        end();
    });
    socket->setProxy(QNetworkProxy::NoProxy);
    socket->setReadBufferSize(kLongestAnswer + 1);
    socket->connectToHost(QHostAddress(QString::fromStdString(user.address.address.text())), user.address.port);
}

void AppPools::finish(QTcpSocket *socket, const PoolUser &user, const QByteArray &answer)
{
    socket->disconnect(this);
    socket->abort();
    socket->deleteLater();
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
