// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/signals.h"

#include <csignal>
#include <fcntl.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace mainstay::guard {

namespace {

bool hasTerminal()
{
    return handover::Descriptor(::open("/dev/tty", O_RDONLY | O_CLOEXEC | O_NOCTTY)).isOpen();
}

// nohup(1) says so by ignoring SIGHUP.
bool ignoresHangUp()
{
    struct sigaction action {};
    return ::sigaction(SIGHUP, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

} // namespace

Signals::Signals(EventLoop &loop, std::function<void(Signal)> callback)
    : m_callback(std::move(callback)), m_endsWithTerminal(hasTerminal() && !ignoresHangUp())
{
    sigset_t taken;
    ::sigemptyset(&taken);
    for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD})
        ::sigaddset(&taken, signal);
    ::sigprocmask(SIG_BLOCK, &taken, nullptr);
    (void)::signal(SIGPIPE, SIG_IGN);
    m_descriptor.reset(::signalfd(-1, &taken, SFD_CLOEXEC | SFD_NONBLOCK));
    m_readable = loop.whenReadable(m_descriptor.number(), [this] { read(); });
}

void Signals::read()
{
    signalfd_siginfo info{};
    while (::read(m_descriptor.number(), &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            m_callback(Signal::childEnded);
        else if (info.ssi_signo == SIGHUP && !(m_endsWithTerminal && !hasTerminal()))
            m_callback(Signal::reload);
        else
            m_callback(Signal::stop);
    }
}

} // namespace mainstay::guard
