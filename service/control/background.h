// SPDX-License-Identifier: GPL-3.0-or-later
// Long work on the thread pool, its result back on the control thread.
#pragma once

#include <QCoreApplication>
#include <QCoreApplication>
#include <QMetaObject>
#include <QObject>
#include <QPointer>
#include <QThreadPool>

#include <memory>
#include <utility>

namespace mainstay::control {

// Control thread. Runs `work()` on the pool and then `finish(result)` on the control thread, unless `context` is gone by
// then. `work` owns or shares all it touches; `finish`, and what it holds, is left alone by the pool.
template <class Work, class Finish>
void runInBackground(QObject *context, Work work, Finish finish)
{
    // Shared, because a queued call has to be copyable, and so that moving it leaves nothing behind.
    auto finishing = std::make_shared<Finish>(std::move(finish));
    QThreadPool::globalInstance()->start([alive = QPointer<QObject>(context), work = std::move(work),
                                          finishing = std::move(finishing)]() mutable {
        auto result = std::make_shared<decltype(work())>(work());
        // The application outlives the pool's work, as the context need not.
        QMetaObject::invokeMethod(
            QCoreApplication::instance(),
            [alive, result, finishing = std::move(finishing)] {
                if (alive)
                    (*finishing)(std::move(*result));
            },
            Qt::QueuedConnection);
    });
}

} // namespace mainstay::control
