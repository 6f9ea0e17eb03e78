// SPDX-License-Identifier: GPL-3.0-or-later
// By signalfd(2): signals are blocked and read like a file.
#include "cli/signals.h"

#include <csignal>
#include <sys/signalfd.h>
#include <unistd.h>

namespace mainstay::cli {

struct Signals::Saved {
    sigset_t mask{};
    int descriptor = -1;
};

Signals::Signals(std::initializer_list<int> numbers) : m_saved(std::make_unique<Saved>())
{
    sigset_t set{};
    sigemptyset(&set);
    for (const int number : numbers)
        sigaddset(&set, number);
    pthread_sigmask(SIG_BLOCK, &set, &m_saved->mask);
    m_saved->descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    m_notifier = std::make_unique<QSocketNotifier>(m_saved->descriptor, QSocketNotifier::Read);
    connect(m_notifier.get(), &QSocketNotifier::activated, this, [this] {
        signalfd_siginfo info{};
        if (read(m_saved->descriptor, &info, sizeof(info)) == sizeof(info))
            Q_EMIT caught(static_cast<int>(info.ssi_signo));
    });
}

Signals::~Signals()
{
    m_notifier.reset();
    close(m_saved->descriptor);
    pthread_sigmask(SIG_SETMASK, &m_saved->mask, nullptr);
}

void Signals::stopProcess()
{
    kill(getpid(), SIGSTOP);
}

} // namespace mainstay::cli
