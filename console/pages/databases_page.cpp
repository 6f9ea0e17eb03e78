// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/databases_page.h"

#include "look/spacing.h"

#include <QItemSelectionModel>
#include <QSplitter>
#include <QVBoxLayout>

#include <algorithm>

namespace mainstay::pages {

DatabasesPage::DatabasesPage(models::Inventory &inventory, session::Session &session, QWidget *parent)
    : Page(tr("Databases"), QStringLiteral("databases"),
           {tr("No databases"), tr("A [database.NAME] in the configuration is opened, checked and kept up to date.")},
           parent),
      m_inventory(inventory), m_view(new RowView(inventory.databases)), m_query(new QueryBox(session))
{
    auto *splitter = new QSplitter(Qt::Vertical);
    splitter->setHandleWidth(2 * look::kUnit);
    splitter->setChildrenCollapsible(false);
    splitter->addWidget(m_view);
    splitter->addWidget(m_query);
    splitter->setStretchFactor(0, 2);
    splitter->setStretchFactor(1, 3);
    content().addWidget(splitter, 1);
    setEmpty(true);
    connect(&m_inventory, &models::Inventory::updated, this, &DatabasesPage::update);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this, &DatabasesPage::update);
}

void DatabasesPage::update()
{
    const auto &status = m_inventory.status();
    setEmpty(!status || status->databases.empty());
    if (!status)
        return;
    const auto &databases = status->databases;
    const auto up = std::count_if(databases.begin(), databases.end(), [](const rpc::DatabaseStatus &database) {
        return database.health == rpc::DatabaseHealth::up;
    });
    setSummary(tr("Up: %1 of %2").arg(up).arg(databases.size()));
    const std::string name = m_view->currentGroup().toStdString();
    const auto chosen = std::find_if(databases.begin(), databases.end(),
                                     [&](const rpc::DatabaseStatus &database) { return database.name == name; });
    if (chosen == databases.end())
        m_query->choose({}, {});
    else
        m_query->choose(QString::fromStdString(name), QString::fromStdString(chosen->console));
}

} // namespace mainstay::pages
