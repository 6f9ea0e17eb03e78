// SPDX-License-Identifier: GPL-3.0-or-later
#include "window/main_window.h"

#include "look/spacing.h"
#include "pages/apps_page.h"
#include "pages/backends_page.h"
#include "pages/databases_page.h"
#include "pages/overview_page.h"
#include "pages/sites_page.h"
#include "pages/zones_page.h"
#include "window/problems_dialog.h"

#include <QActionGroup>
#include <QHBoxLayout>
#include <QMenuBar>
#include <QMessageBox>
#include <QVBoxLayout>

namespace mainstay::window {

using look::kUnit;

MainWindow::MainWindow(Workspace &workspace, look::Appearance &appearance, QWidget *parent)
    : QMainWindow(parent), m_workspace(workspace), m_appearance(appearance), m_navigation(new Navigation),
      m_stack(new QStackedWidget), m_banner(new Banner),
      m_status(new StatusLine(workspace.session, workspace.inventory))
{
    setWindowTitle(tr("Mainstay"));
    setMinimumSize(96 * kUnit, 60 * kUnit);
    resize(160 * kUnit, 100 * kUnit);

    auto *right = new QVBoxLayout;
    right->setSpacing(0);
    right->addWidget(m_banner);
    right->addWidget(m_stack, 1);
    auto *middle = new QWidget;
    auto *layout = new QHBoxLayout(middle);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(m_navigation);
    layout->addLayout(right, 1);
    setCentralWidget(middle);
    setStatusBar(m_status);

    session::Session &session = m_workspace.session;
    models::Inventory &inventory = m_workspace.inventory;
    addPage(new pages::OverviewPage(m_workspace.history, inventory));
    addPage(new pages::BackendsPage(inventory, session));
    addPage(new pages::AppsPage(inventory, session));
    addPage(new pages::DatabasesPage(inventory, session));
    addPage(new pages::SitesPage(inventory));
    addPage(new pages::ZonesPage(inventory));
    buildMenus();

    connect(m_navigation, &QListWidget::currentRowChanged, m_stack, &QStackedWidget::setCurrentIndex);
    connect(&session, &session::Session::linkChanged, this, &MainWindow::linkChanged);
    connect(m_banner, &Banner::retryWanted, &session, &session::Session::retryNow);
    connect(&m_status->problems(), &QPushButton::clicked, this, &MainWindow::openProblems);
    showPage(0);
    m_navigation->setFocus();
}

void MainWindow::addPage(pages::Page *page)
{
    m_pages.push_back(page);
    m_stack->addWidget(page);
    m_navigation->add(*page);
}

void MainWindow::showPage(int number)
{
    m_navigation->setCurrentRow(number);
}

void MainWindow::showPage(const QString &name)
{
    for (std::size_t i = 0; i < m_pages.size(); ++i) {
        if (m_pages[i]->iconName() == name)
            showPage(static_cast<int>(i));
    }
}

QString MainWindow::currentPage() const
{
    return m_pages[static_cast<std::size_t>(m_stack->currentIndex())]->iconName();
}

void MainWindow::buildMenus()
{
    QMenu *file = menuBar()->addMenu(tr("&File"));
    file->addAction(tr("&Ask the service now"), QKeySequence(Qt::Key_F5), &m_workspace.session,
                    &session::Session::retryNow);
    file->addAction(tr("Show &problems"), QKeySequence(Qt::CTRL | Qt::Key_P), this, &MainWindow::openProblems);
    file->addSeparator();
    file->addAction(tr("&Quit"), QKeySequence::Quit, this, &QWidget::close);

    QMenu *view = menuBar()->addMenu(tr("&View"));
    for (int i = 0; i < static_cast<int>(m_pages.size()); ++i)
        view->addAction(m_pages[static_cast<std::size_t>(i)]->title(), QKeySequence(Qt::CTRL | (Qt::Key_1 + i)), this,
                        [this, i] { showPage(i); });
    view->addSeparator();
    addAppearanceMenu(*view);

    QMenu *help = menuBar()->addMenu(tr("&Help"));
    help->addAction(tr("&About Mainstay"), this, &MainWindow::about);
}

void MainWindow::addAppearanceMenu(QMenu &view)
{
    QMenu *menu = view.addMenu(tr("&Appearance"));
    auto *group = new QActionGroup(menu);
    const auto add = [&](const QString &text, look::Scheme scheme) {
        QAction *action = menu->addAction(text, this, [this, scheme] { m_appearance.choose(scheme); });
        action->setCheckable(true);
        action->setChecked(m_appearance.scheme() == scheme);
        group->addAction(action);
    };
    add(tr("As the &desktop"), look::Scheme::system);
    add(tr("&Light"), look::Scheme::light);
    add(tr("Dar&k"), look::Scheme::dark);
}

void MainWindow::linkChanged(const session::Link &link)
{
    m_banner->show(link);
}

void MainWindow::openProblems()
{
    if (!m_problems) {
        m_problems = new ProblemsDialog(m_workspace.inventory, this);
        m_problems->setAttribute(Qt::WA_DeleteOnClose);
    }
    m_problems->show();
    m_problems->raise();
    m_problems->activateWindow();
}

void MainWindow::about()
{
    QMessageBox::about(this, tr("About Mainstay"),
                       tr("<b>Mainstay %1</b><p>One service that carries a web infrastructure, and this window to run "
                          "it.</p><p>Licensed under the GNU General Public License, version 3 or later.</p>")
                           .arg(QStringLiteral(MAINSTAY_VERSION)));
}

} // namespace mainstay::window
