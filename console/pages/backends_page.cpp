// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/backends_page.h"

#include "models/words.h"
#include "rpc/server_methods.h"

#include <QItemSelectionModel>
#include <QVBoxLayout>

#include <algorithm>
#include <memory>

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
    ask<rpc::SetServerState>(
        [state](const Server &server) {
            return rpc::SetServerState{server.backend.toStdString(), server.name.toStdString(), state};
        },
        [state](const QString &server) { return tr("%1 to state %2").arg(server, models::label(state)); });
}

void BackendsPage::clearOverrides()
{
    ask<rpc::ClearServerOverride>(
        [](const Server &server) {
            return rpc::ClearServerOverride{server.backend.toStdString(), server.name.toStdString()};
        },
        [](const QString &server) { return tr("%1 as configured").arg(server); });
}

template <class Request>
void BackendsPage::ask(const std::function<Request(const Server &)> &request,
                       const std::function<QString(const QString &)> &action)
{
    // What came of all of them is told once: a refusal must not be hidden by the server that came after it.
    struct Outcome {
        qsizetype asked = 0;
        qsizetype answered = 0;
        QStringList refused;
        Error why;
        QString done;
    };
    const auto outcome = std::make_shared<Outcome>();
    const std::vector<Server> servers = selectedServers();
    outcome->asked = static_cast<qsizetype>(servers.size());
    const auto nameOf = [](const Server &server) { return server.backend + QLatin1Char('/') + server.name; };
    m_outcome->waitFor(
        tr("Asking for %1…")
            .arg(action(servers.size() == 1 ? nameOf(servers[0]) : tr("%1 servers").arg(servers.size()))));
    for (const Server &server : servers) {
        const auto take = [this, outcome, action, name = nameOf(server)](const Result<rpc::ServerStatus> &answer) {
            ++outcome->answered;
            if (!answer) {
                outcome->refused << name;
                outcome->why = answer.error();
            } else {
                outcome->done = tr("%1 is now: %2. Requests in flight: %3.")
                                    .arg(name, models::label(answer->state()))
                                    .arg(answer->inFlight);
            }
            if (outcome->answered < outcome->asked)
                return;
            const qsizetype done = outcome->asked - outcome->refused.size();
            if (!outcome->refused.isEmpty())
                m_outcome->failed(tr("Refused: %1 (done: %2 of %3)")
                                      .arg(action(outcome->refused.join(QStringLiteral(", "))))
                                      .arg(done)
                                      .arg(outcome->asked),
                                  outcome->why);
            else
                m_outcome->done(done == 1 ? outcome->done : tr("Done: %1").arg(action(tr("%1 servers").arg(done))));
            m_session.refresh();
        };
        m_session.client().call(request(server), this, take);
    }
}

} // namespace mainstay::pages
