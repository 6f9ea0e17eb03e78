// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/management_socket.h"

#include "control/socket_file.h"

#include <QDir>
#include <QFileInfo>

#include <algorithm>

namespace mainstay::control {

namespace {

// That anybody can connect is what lets us tell them why they may not do more.
constexpr auto kSocketMode =
    QFile::ReadOwner | QFile::WriteOwner | QFile::ReadGroup | QFile::WriteGroup | QFile::ReadOther | QFile::WriteOther;
constexpr auto kFolderMode = QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner | QFile::ReadGroup |
                             QFile::ExeGroup | QFile::ReadOther | QFile::ExeOther;

void refuse(QLocalSocket *socket, const Error &error)
{
    QObject::connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
    socket->write(rpc::answerFrame({}, tl::unexpected<Error>(error)));
    socket->disconnectFromServer();
}

Result<> makeFolder(const QString &folder)
{
    if (QFileInfo(folder).isDir())
        return {};
    if (!QDir().mkpath(folder) || !QFile::setPermissions(folder, kFolderMode))
        return fail("management.unusable-path", "cannot make the folder " + folder.toStdString(),
                    "make it, owned by the service's user");
    return {};
}

} // namespace

ManagementSocket::ManagementSocket(const MethodRegistry &methods, std::shared_ptr<AuditLog> audit, PeerPolicy policy,
                                   ManagementLimits limits, QObject *parent)
    : QObject(parent), m_methods(methods), m_audit(std::move(audit)), m_policy(policy), m_limits(limits)
{
    m_server.setSocketOptions(QLocalServer::WorldAccessOption);
    connect(&m_server, &QLocalServer::newConnection, this, &ManagementSocket::accept);
}

Result<> ManagementSocket::listen(const QString &path)
{
    if (Result<> made = makeFolder(QFileInfo(path).absolutePath()); !made)
        return made;
    if (Result<> vacated = vacateSocketPath(path.toStdString()); !vacated)
        return vacated;
    if (!m_server.listen(path) || !QFile::setPermissions(path, kSocketMode))
        return fail("management.unusable-path",
                    "cannot listen on " + path.toStdString() + ": " + m_server.errorString().toStdString(),
                    "let the service's user write to its folder");
    return {};
}

void ManagementSocket::close()
{
    m_server.close();
    for (ManagementConnection *connection : std::exchange(m_connections, {}))
        delete connection;
}

void ManagementSocket::accept()
{
    while (QLocalSocket *socket = m_server.nextPendingConnection())
        take(socket);
}

void ManagementSocket::take(QLocalSocket *socket)
{
    Result<Peer> peer = peerOf(static_cast<int>(socket->socketDescriptor()));
    if (!peer)
        return refuse(socket, peer.error());
    const Caller caller{*peer, userName(peer->uid), m_policy.accessOf(*peer)};
    if (const Result<> room = roomFor(caller); !room)
        return refuse(socket, room.error());
    auto *connection = new ManagementConnection(socket, caller, m_methods, m_audit, m_limits, this);
    m_connections.push_back(connection);
    connect(connection, &ManagementConnection::closed, this, [this, connection] {
        std::erase(m_connections, connection);
        connection->deleteLater();
    });
}

Result<> ManagementSocket::roomFor(const Caller &caller) const
{
    const auto strangers = std::count_if(m_connections.begin(), m_connections.end(), [](const auto *connection) {
        return connection->caller().access == rpc::Access::none;
    });
    const bool full = m_connections.size() >= static_cast<std::size_t>(m_limits.connections);
    if (full || (caller.access == rpc::Access::none && strangers >= m_limits.strangers))
        return fail("rpc.busy", "the service has as many management connections as it takes",
                    "close one, or try again");
    return {};
}

} // namespace mainstay::control
