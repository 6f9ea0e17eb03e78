// SPDX-License-Identifier: GPL-3.0-or-later
// The way from the threads that do the work to the one that has the connections.
#pragma once

#include <QObject>

#include <functional>
#include <mutex>
#include <vector>

namespace mainstay::apphost {

// Made, and destroyed, by the thread whose event loop runs the jobs. Its lock is the standard library's, which
// ThreadSanitizer sees, as it does not see those of Qt.
class Door : public QObject {
public:
    using Job = std::function<void()>;

    // Any thread. Jobs are run in order; those that wait when this goes are dropped.
    void post(Job job);

private:
    void run();

    std::mutex m_mutex;
    std::vector<Job> m_jobs; // guarded by m_mutex
};

} // namespace mainstay::apphost
