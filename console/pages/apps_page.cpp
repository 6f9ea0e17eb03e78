// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/apps_page.h"

#include "look/spacing.h"
#include "models/words.h"

#include <QItemSelectionModel>
#include <QSplitter>
#include <QVBoxLayout>

namespace mainstay::pages {

AppsPage::AppsPage(models::Inventory &inventory, session::Session &session, QWidget *parent)
    : Page(tr("Apps"), QStringLiteral("apps"),
           {tr("No apps"), tr("An [app.NAME] in the configuration is started, watched and restarted.")}, parent),
      m_inventory(inventory), m_session(session), m_view(new RowView(inventory.apps)), m_outcome(new OutcomeLine),
      m_log(new LogView(session)),
      m_restart(addButton(tr("&Rolling restart"), QStringLiteral("restart"),
                          tr("Replace the instances of the selected app one by one, without a gap"),
                          QKeySequence(Qt::CTRL | Qt::Key_R)))
{
    auto *splitter = new QSplitter(Qt::Vertical);
    splitter->setHandleWidth(2 * look::kUnit);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_view);
    splitter->addWidget(m_log);
    splitter->setStretchFactor(0, 1);
    splitter->setStretchFactor(1, 1);
    content().addWidget(splitter, 1);
    content().addWidget(m_outcome);
    setEmpty(true);
    connect(m_restart, &QPushButton::clicked, this, &AppsPage::restart);
    connect(&m_inventory, &models::Inventory::updated, this, &AppsPage::update);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this, &AppsPage::update);
    connect(&m_session, &session::Session::linkChanged, this, &AppsPage::update);
    update();
}

void AppsPage::update()
{
    const QString app = m_view->currentGroup();
    const auto &status = m_inventory.status();
    setEmpty(!status || status->apps.empty());
    m_restart->setEnabled(!app.isEmpty() && m_session.link().state == session::LinkState::live);
    m_log->follow(app);
    if (!status)
        return;
    std::size_t ready = 0;
    std::size_t wanted = 0;
    for (const rpc::AppStatus &each : status->apps) {
        ready += each.ready;
        wanted += each.wanted;
    }
    setSummary(tr("Instances ready: %1 of %2").arg(ready).arg(wanted));
}

void AppsPage::restart()
{
    const QString app = m_view->currentGroup();
    m_outcome->waitFor(tr("Asking for a restart of %1…").arg(app));
    m_session.client().call(
        rpc::RestartApp{app.toStdString()}, this, [this, app](const Result<rpc::AppStatus> &answer) {
            if (!answer)
                return m_outcome->failed(tr("%1 was not restarted").arg(app), answer.error());
            m_outcome->done(answer->restarting ? tr("The instances of %1 are being replaced one by one.").arg(app)
                                               : tr("%1 was restarted.").arg(app));
            m_session.refresh();
        });
}

} // namespace mainstay::pages
