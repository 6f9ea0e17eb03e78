// SPDX-License-Identifier: GPL-3.0-or-later
// Whether the desktop is light or dark.
#pragma once

#include <QObject>
#include <QVariant>

#include <optional>

namespace mainstay::look {

// Interface thread. Waits for nobody: the desktop's answer comes when it comes.
class SystemScheme : public QObject {
    Q_OBJECT

public:
    // Takes the application's palette, before it is set to ours, for what the desktop wants until it says so itself.
    explicit SystemScheme(QObject *parent = nullptr);

    [[nodiscard]] bool isDark() const { return m_told.value_or(m_guessed); }

Q_SIGNALS:
    void changed();

private Q_SLOTS:
    void settingChanged(const QString &group, const QString &name, const QVariant &value);

private:
    void listen();
    void take(std::optional<bool> dark);

    const bool m_guessed;
    std::optional<bool> m_told;
};

} // namespace mainstay::look
