// SPDX-License-Identifier: GPL-3.0-or-later
// Says why the service cannot be seen, and what to do, above the pages; gone while all is well.
#pragma once

#include "session/link.h"

#include <QFrame>
#include <QLabel>

class QPushButton;

namespace mainstay::window {

// Interface thread.
class Banner : public QFrame {
    Q_OBJECT

public:
    explicit Banner(QWidget *parent = nullptr);

    void show(const session::Link &link);
    [[nodiscard]] QString text() const { return m_headline->text() + QLatin1Char('\n') + m_remedy->text(); }

Q_SIGNALS:
    void retryWanted();

protected:
    void changeEvent(QEvent *event) override;

private:
    void colourIn();

    session::LinkState m_state = session::LinkState::connecting;
    QLabel *m_sign;
    QLabel *m_headline;
    QLabel *m_remedy;
    QPushButton *m_retry;
};

} // namespace mainstay::window
