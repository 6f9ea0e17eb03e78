// SPDX-License-Identifier: GPL-3.0-or-later
#include "window/workspace.h"

#include "rpc/config_methods.h"

namespace mainstay::window {

Workspace::Workspace(session::Pace pace, QObject *parent) : QObject(parent), session(pace)
{
    connect(&session, &session::Session::sampleArrived, &history, &models::History::take);
    connect(&session, &session::Session::statusArrived, &inventory, &models::Inventory::take);
    connect(&session, &session::Session::statusArrived, this, &Workspace::takeStatus);
    connect(&session, &session::Session::linkChanged, this, &Workspace::linkChanged);
}

void Workspace::linkChanged(const session::Link &link)
{
    if (link.state != session::LinkState::away)
        return;
    history.interrupt();
    m_revision.reset(); // who answers next may be another
}

void Workspace::takeStatus(const rpc::Status &status)
{
    if (m_revision == status.revision)
        return;
    m_revision = status.revision;
    session.client().call(rpc::GetConfig{}, this, [this](const Result<rpc::ConfigView> &view) {
        if (view)
            inventory.takeConfig(view->config);
    });
}

} // namespace mainstay::window
