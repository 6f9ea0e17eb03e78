// SPDX-License-Identifier: GPL-3.0-or-later
#include "apphost/signals.h"

#include <csignal>
#include <sys/signalfd.h>
#include <unistd.h>

namespace mainstay::apphost {

EndSignals::EndSignals()
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    m_descriptor = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

EndSignals::~EndSignals()
{
    m_notifier.reset();
    ::close(m_descriptor);
}

void EndSignals::onEnd(std::function<void()> callback)
{
    m_notifier = std::make_unique<QSocketNotifier>(m_descriptor, QSocketNotifier::Read);
    QObject::connect(m_notifier.get(), &QSocketNotifier::activated, m_notifier.get(),
                     [this, callback = std::move(callback)] {
                         signalfd_siginfo info;
                         while (::read(m_descriptor, &info, sizeof info) == sizeof info)
                             callback();
                     });
}

} // namespace mainstay::apphost
