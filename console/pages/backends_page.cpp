// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/backends_page.h"

#include "models/words.h"
#include "rpc/server_methods.h"

#include <QItemSelectionModel>
#include <QVBoxLayout>

#include <algorithm>

namespace mainstay::pages {

using config::ServerState;

BackendsPage::BackendsPage(models::Inventory &inventory, session::Session &session, QWidget *parent)
    : Page(tr("Backends"), QStringLiteral("backends"),
           {tr("No backends"), tr("A [backend.NAME] in the configuration spreads requests over servers.")}, parent),
      m_inventory(inventory), m_session(session), m_view(new RowView(inventory.backends)), m_outcome(new OutcomeLine)
{
    const auto add = [&](const QString &text, const QString &icon, const QString &hint, Qt::Key key, auto action) {
        QPushButton *button = addButton(text, icon, hint, QKeySequence(Qt::CTRL | key));
        connect(button, &QPushButton::clicked, this, action);
        m_buttons << button;
    };
    add(tr("&Drain"), QStringLiteral("drain"), tr("Let the server finish what it has, and send it nothing new"),
        Qt::Key_D, [this] { setState(ServerState::drain); });
    add(tr("Main&tenance"), QStringLiteral("maint"), tr("Send the server nothing, and check it no more"), Qt::Key_M,
        [this] { setState(ServerState::maint); });
    add(tr("&Ready"), QStringLiteral("ready"), tr("Send the server requests again"), Qt::Key_R,
        [this] { setState(ServerState::ready); });
    add(tr("As &configured"), QStringLiteral("revision"),
        tr("Forget what was set here, and do as the configuration says"), Qt::Key_Backspace,
        [this] { clearOverrides(); });
    m_view->setSelectionMode(QAbstractItemView::ExtendedSelection);
    content().addWidget(m_view, 1);
    content().addWidget(m_outcome);
    setEmpty(true);
    connect(&m_inventory, &models::Inventory::updated, this, &BackendsPage::summarise);
    connect(m_view->selectionModel(), &QItemSelectionModel::selectionChanged, this, &BackendsPage::enableButtons);
    connect(&m_session, &session::Session::linkChanged, this, &BackendsPage::enableButtons);
    enableButtons();
}

void BackendsPage::summarise()
{
    std::size_t servers = 0;
    std::ptrdiff_t down = 0;
    const rpc::Status &status = *m_inventory.status();
    for (const rpc::BackendStatus &backend : status.backends) {
        servers += backend.servers.size();
        down += std::count_if(backend.servers.begin(), backend.servers.end(),
                              [](const rpc::ServerStatus &server) { return server.health == rpc::ServerHealth::down; });
    }
    setEmpty(status.backends.empty());
    const QString count = tr("Servers: %1").arg(servers);
    setSummary(down > 0 ? tr("%1 · down: %2").arg(count).arg(down) : count);
    enableButtons();
}

void BackendsPage::enableButtons()
{
    const bool can = m_session.link().state == session::LinkState::live && !selectedServers().empty();
    for (QPushButton *button : m_buttons)
        button->setEnabled(can);
}

std::vector<BackendsPage::Server> BackendsPage::selectedServers() const
{
    const models::RowModel &model = m_inventory.backends;
    std::vector<Server> servers;
    const auto add = [&](const QString &backend, const QString &name) {
        if (std::none_of(servers.begin(), servers.end(),
                         [&](const Server &server) { return server.backend == backend && server.name == name; }))
            servers.push_back({backend, name});
    };
    for (const QModelIndex &row : m_view->selectedRows()) {
        if (row.parent().isValid())
            add(model.parentKeyOf(row), model.keyOf(row));
        for (int i = 0; i < model.rowCount(row); ++i)
            add(model.keyOf(row), model.keyOf(model.index(i, 0, row)));
    }
    return servers;
}

void BackendsPage::setState(ServerState state)
{
    for (const Server &server : selectedServers())
        ask(rpc::SetServerState{server.backend.toStdString(), server.name.toStdString(), state},
            tr("%1/%2 to state %3").arg(server.backend, server.name, models::label(state)));
}

void BackendsPage::clearOverrides()
{
    for (const Server &server : selectedServers())
        ask(rpc::ClearServerOverride{server.backend.toStdString(), server.name.toStdString()},
            tr("%1/%2 as configured").arg(server.backend, server.name));
}

template <class Request>
void BackendsPage::ask(const Request &request, const QString &action)
{
    m_outcome->waitFor(tr("Asking for %1…").arg(action));
    const QString server = QString::fromStdString(request.backend + "/" + request.server);
    m_session.client().call(request, this, [this, server, action](const Result<rpc::ServerStatus> &answer) {
        if (!answer)
            return m_outcome->failed(tr("Refused: %1").arg(action), answer.error());
        m_outcome->done(tr("%1 is now: %2. Requests in flight: %3.")
                            .arg(server, models::label(answer->state()))
                            .arg(answer->inFlight));
        m_session.refresh();
    });
}

} // namespace mainstay::pages
