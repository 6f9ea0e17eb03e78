// SPDX-License-Identifier: GPL-3.0-or-later
// Signals of the operating system as events of the loop.
#pragma once

#include <QObject>
#include <QSocketNotifier>

#include <initializer_list>
#include <memory>

namespace mainstay::cli {

// One at a time in a process. While it lives the signals named do nothing but emit caught().
class Signals : public QObject {
    Q_OBJECT

public:
    explicit Signals(std::initializer_list<int> numbers);
    ~Signals() override;

    // Stops the process until it is continued.
    static void stopProcess();

Q_SIGNALS:
    void caught(int number);

private:
    struct Saved;
    std::unique_ptr<Saved> m_saved;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace mainstay::cli
