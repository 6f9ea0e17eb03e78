// SPDX-License-Identifier: GPL-3.0-or-later
// Being told to end.
#pragma once

#include <QSocketNotifier>

#include <functional>
#include <memory>

namespace mainstay::apphost {

// Main thread. To be made before any other thread: it holds SIGTERM and SIGINT back from all of them.
class EndSignals {
public:
    EndSignals();
    ~EndSignals();
    EndSignals(const EndSignals &) = delete;
    EndSignals &operator=(const EndSignals &) = delete;

    // From the event loop.
    void onEnd(std::function<void()> callback);

private:
    int m_descriptor = -1;
    std::unique_ptr<QSocketNotifier> m_notifier;
};

} // namespace mainstay::apphost
