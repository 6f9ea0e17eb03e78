// SPDX-License-Identifier: GPL-3.0-or-later
// Where console and command line reach the service: JSON-RPC over a local socket.
#pragma once

#include "base/result.h"
#include "control/audit_log.h"
#include "control/management_connection.h"
#include "control/method_registry.h"
#include "control/peer.h"

#include <QLocalServer>
#include <QObject>
#include <QString>

#include <memory>
#include <vector>

namespace mainstay::control {

// Control thread. Anybody may connect; the policy decides, call by call, what is answered.
class ManagementSocket : public QObject {
    Q_OBJECT

public:
    // `methods` outlives the socket.
    ManagementSocket(const MethodRegistry &methods, std::shared_ptr<AuditLog> audit, PeerPolicy policy,
                     ManagementLimits limits = {}, QObject *parent = nullptr);

    // Makes the folder when it is missing, and takes the place of a socket that a dead process left. Fails with
    // "management.address-in-use" when another service answers there, "management.unusable-path" otherwise.
    Result<> listen(const QString &path);
    // Ends every connection and removes the socket.
    void close();

    [[nodiscard]] std::size_t connections() const { return m_connections.size(); }

private:
    void accept();
    void take(QLocalSocket *socket);
    [[nodiscard]] Result<> roomFor(const Caller &caller) const;

    const MethodRegistry &m_methods;
    const std::shared_ptr<AuditLog> m_audit;
    const PeerPolicy m_policy;
    const ManagementLimits m_limits;
    QLocalServer m_server;
    std::vector<ManagementConnection *> m_connections; // children of this
};

} // namespace mainstay::control
