// SPDX-License-Identifier: GPL-3.0-or-later
// The console's window: pages at the right of their list, and what is to be known at any time around them.
#pragma once

#include "look/appearance.h"
#include "pages/page.h"
#include "window/banner.h"
#include "window/navigation.h"
#include "window/status_line.h"
#include "window/workspace.h"

#include <QMainWindow>
#include <QPointer>
#include <QStackedWidget>

#include <vector>

namespace mainstay::window {

class ProblemsDialog;

// Interface thread.
class MainWindow : public QMainWindow {
    Q_OBJECT

public:
    // Both outlive it.
    MainWindow(Workspace &workspace, look::Appearance &appearance, QWidget *parent = nullptr);

    [[nodiscard]] const std::vector<pages::Page *> &pages() const { return m_pages; }
    void showPage(int number);
    // By the name of its icon, which tells pages apart in every language; unknown ones are not shown.
    void showPage(const QString &name);
    [[nodiscard]] QString currentPage() const;

private:
    void addPage(pages::Page *page);
    void buildMenus();
    void addAppearanceMenu(QMenu &view);
    void linkChanged(const session::Link &link);
    void openProblems();
    void about();

    Workspace &m_workspace;
    look::Appearance &m_appearance;
    Navigation *m_navigation;
    QStackedWidget *m_stack;
    Banner *m_banner;
    StatusLine *m_status;
    std::vector<pages::Page *> m_pages;
    QPointer<ProblemsDialog> m_problems;
};

} // namespace mainstay::window
