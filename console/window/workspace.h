// SPDX-License-Identifier: GPL-3.0-or-later
// Session and models, and the one way that data flows between them: from the service to what is shown.
#pragma once

#include "models/history.h"
#include "models/inventory.h"
#include "session/session.h"

#include <QObject>

namespace mainstay::window {

// Interface thread. No widgets.
class Workspace : public QObject {
    Q_OBJECT

public:
    explicit Workspace(QObject *parent = nullptr) : Workspace(session::Pace(), parent) {}
    explicit Workspace(session::Pace pace, QObject *parent = nullptr);

    session::Session session;
    models::History history;
    models::Inventory inventory{history};

private:
    void linkChanged(const session::Link &link);
    // The configuration itself comes with each new revision.
    void takeStatus(const rpc::Status &status);

    std::optional<std::uint64_t> m_revision;
};

} // namespace mainstay::window
