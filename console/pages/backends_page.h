// SPDX-License-Identifier: GPL-3.0-or-later
// Backends and their servers, and taking servers out and back in.
#pragma once

#include "config/backend.h"
#include "models/inventory.h"
#include "pages/outcome_line.h"
#include "pages/page.h"
#include "pages/row_view.h"
#include "session/session.h"

#include <QList>

#include <functional>
#include <vector>

namespace mainstay::pages {

// Interface thread.
class BackendsPage : public Page {
    Q_OBJECT

public:
    // Both outlive it.
    BackendsPage(models::Inventory &inventory, session::Session &session, QWidget *parent = nullptr);

private:
    struct Server {
        QString backend;
        QString name;
    };

    void summarise();
    void enableButtons();
    // Those that are selected; of a backend, all.
    [[nodiscard]] std::vector<Server> selectedServers() const;
    void setState(config::ServerState state);
    void clearOverrides();
    // Asks for each of those that are selected; `action` for one of them.
    template <class Request>
    void ask(const std::function<Request(const Server &)> &request,
             const std::function<QString(const QString &)> &action);

    models::Inventory &m_inventory;
    session::Session &m_session;
    RowView *m_view;
    OutcomeLine *m_outcome;
    QList<QPushButton *> m_buttons;
};

} // namespace mainstay::pages
