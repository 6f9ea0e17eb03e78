// SPDX-License-Identifier: GPL-3.0-or-later
// The bar at the bottom: how the service is, which revision runs, and how many problems there are.
#pragma once

#include "models/inventory.h"
#include "session/session.h"

#include <QLabel>
#include <QPushButton>
#include <QStatusBar>

namespace mainstay::window {

// Interface thread.
class StatusLine : public QStatusBar {
    Q_OBJECT

public:
    // Both outlive it.
    StatusLine(const session::Session &session, const models::Inventory &inventory, QWidget *parent = nullptr);

    [[nodiscard]] QString serviceText() const { return m_service->text(); }
    [[nodiscard]] QString revisionText() const { return m_revision->text(); }
    [[nodiscard]] QPushButton &problems() { return *m_problems; }

protected:
    void changeEvent(QEvent *event) override;

private:
    void update();
    void showService();

    const session::Session &m_session;
    const models::Inventory &m_inventory;
    QLabel *m_sign;
    QLabel *m_service;
    QLabel *m_revision;
    QPushButton *m_problems;
};

} // namespace mainstay::window
