// SPDX-License-Identifier: GPL-3.0-or-later
// Long work on the thread pool, its result back on the control thread.
#pragma once

#include <QMetaObject>
#include <QObject>
#include <QPointer>
#include <QThreadPool>

#include <memory>
#include <utility>

namespace mainstay::control {

// Control thread. Runs `work()` on the pool and then `finish(result)` on the thread of `context`, unless that is gone
// by then. `work` owns or shares all it touches.
template <class Work, class Finish>
void runInBackground(QObject *context, Work work, Finish finish)
{
    QThreadPool::globalInstance()->start(
        [guard = QPointer<QObject>(context), context, work = std::move(work), finish = std::move(finish)]() mutable {
            // Shared, because a queued call has to be copyable.
            auto result = std::make_shared<decltype(work())>(work());
            QMetaObject::invokeMethod(
                context,
                [guard, result, finish = std::move(finish)]() mutable {
                    if (guard)
                        finish(std::move(*result));
                },
                Qt::QueuedConnection);
        });
}

} // namespace mainstay::control
