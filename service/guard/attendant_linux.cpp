// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/attendant.h"

#include "platform/process_tree.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string_view>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mainstay::guard {

namespace {

constexpr Milliseconds kMemoryPeriod{200};
constexpr Milliseconds kOrphanGrace{1000};
constexpr Milliseconds kAfterLastKill{2000};
constexpr Milliseconds kLongest{3'600'000};

sigset_t awaited()
{
    sigset_t signals;
    ::sigemptyset(&signals);
    for (const int signal : {SIGCHLD, SIGTERM, SIGQUIT})
        ::sigaddset(&signals, signal);
    return signals;
}

// 0 when the time is up.
int waitForSignal(const sigset_t &signals, Milliseconds patience)
{
    const timespec timeout{.tv_sec = patience.count() / 1000, .tv_nsec = patience.count() % 1000 * 1'000'000};
    return std::max(::sigtimedwait(&signals, nullptr, &timeout), 0);
}

// Binding to a path fails where a socket is, though nobody listens there any more.
void removeSocket(const std::string &path)
{
    struct stat info {};
    if (!path.empty() && ::lstat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode))
        (void)::unlink(path.c_str());
}

std::string mebibytes(std::uint64_t bytes)
{
    return std::to_string(bytes >> 20) + " MiB";
}

} // namespace

std::optional<Attendant::Options> Attendant::Options::parse(std::span<const char *const> arguments)
{
    Options options;
    const auto number = [&](std::size_t at, auto &value) {
        const std::string_view text = at < arguments.size() ? arguments[at] : "";
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        return error == std::errc{} && end == text.data() + text.size();
    };
    for (std::size_t i = 0; i < arguments.size(); i += 2) {
        const std::string_view name = arguments[i];
        std::int64_t patience = 0;
        if (name == "--") {
            options.command.assign(arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1, arguments.end());
            return options.command.empty() ? std::nullopt : std::optional(options);
        }
        if (name == "--socket" && i + 1 < arguments.size())
            options.socket = arguments[i + 1];
        else if (name == "--patience" && number(i + 1, patience) && patience >= 0)
            options.patience = Milliseconds(patience);
        else if (!(name == "--memory" && number(i + 1, options.memoryLimit)) &&
                 !(name == "--cpu" && number(i + 1, options.cpuLimit)))
            return std::nullopt;
    }
    return std::nullopt;
}

Attendant::Attendant(Options options) : m_options(std::move(options)), m_cpu(m_options.cpuLimit, ::getpid()) {}

int Attendant::run()
{
    (void)::prctl(PR_SET_CHILD_SUBREAPER, 1);
    const sigset_t signals = awaited();
    ::sigprocmask(SIG_BLOCK, &signals, nullptr);
    removeSocket(m_options.socket);
    if (!start())
        return kNotStarted;

    SteadyTime nextMemory = SteadyClock::now() + kMemoryPeriod;
    for (;;) {
        const SteadyTime now = SteadyClock::now();
        Milliseconds patience = m_options.cpuLimit > 0      ? CpuLimiter::kPeriod
                                : m_options.memoryLimit > 0 ? kMemoryPeriod
                                                            : kLongest;
        if (m_deadline)
            patience = std::clamp(std::chrono::ceil<Milliseconds>(*m_deadline - now), Milliseconds{0}, patience);
        switch (waitForSignal(signals, patience)) {
        case SIGTERM:
            askToEnd();
            break;
        case SIGQUIT:
            m_deadline = SteadyClock::now();
            break;
        default:
            break;
        }
        if (const auto status = collect()) {
            endAll(kOrphanGrace);
            return exitAs(*status);
        }
        if (m_deadline && SteadyClock::now() >= *m_deadline) {
            say("it did not end within " + std::to_string(m_options.patience.count()) +
                " ms of being asked to, and is killed");
            endAll(Milliseconds{0});
            return exitAs(SIGKILL);
        }
        if (m_options.cpuLimit > 0)
            m_cpu.tick(platform::descendantsOf(::getpid()), SteadyClock::now());
        if (m_options.memoryLimit > 0 && SteadyClock::now() >= nextMemory) {
            nextMemory = SteadyClock::now() + kMemoryPeriod;
            if (isOverMemory()) {
                endAll(Milliseconds{0});
                return kOverLimit;
            }
        }
    }
}

bool Attendant::start()
{
    std::vector<char *> arguments;
    for (std::string &argument : m_options.command)
        arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    const pid_t self = ::getpid();
    m_program = ::fork();
    if (m_program < 0) {
        say("cannot start " + m_options.command.front() + ": " + std::strerror(errno));
        return false;
    }
    if (m_program == 0) {
        // It ends with this process, should that be killed.
        (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != self)
            ::_exit(kNotStarted);
        (void)::setpgid(0, 0);
        sigset_t none;
        ::sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        ::execvp(arguments.front(), arguments.data());
        say("cannot start " + m_options.command.front() + ": " + std::strerror(errno));
        ::_exit(kNotStarted);
    }
    // What was inherited is the program's alone.
    (void)::close_range(3, ~0U, 0);
    return true;
}

std::optional<int> Attendant::collect()
{
    std::optional<int> ofProgram;
    int status = 0;
    for (pid_t ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
        if (ended == m_program)
            ofProgram = status;
    }
    return ofProgram;
}

void Attendant::askToEnd()
{
    if (m_deadline)
        return;
    m_deadline = SteadyClock::now() + m_options.patience;
    m_cpu.release(platform::descendantsOf(::getpid()));
    (void)::kill(m_program, SIGTERM);
}

bool Attendant::isOverMemory() const
{
    std::uint64_t used = 0;
    for (const int process : platform::descendantsOf(::getpid())) {
        if (const auto use = platform::useOf(process))
            used += use->memory;
    }
    if (used <= m_options.memoryLimit)
        return false;
    say("it used " + mebibytes(used) + " of memory, and may use " + mebibytes(m_options.memoryLimit));
    return true;
}

// Asks everybody that is left, and kills them after `grace`.
void Attendant::endAll(Milliseconds grace)
{
    const SteadyTime deadline = SteadyClock::now() + grace;
    std::vector<int> asked;
    for (;;) {
        const std::vector<int> left = platform::descendantsOf(::getpid());
        const SteadyTime now = SteadyClock::now();
        if (left.empty() || now >= deadline + kAfterLastKill)
            return;
        for (const int process : left) {
            if (now >= deadline) {
                (void)::kill(process, SIGKILL);
            } else if (std::find(asked.begin(), asked.end(), process) == asked.end()) {
                (void)::kill(process, SIGCONT);
                (void)::kill(process, SIGTERM);
                asked.push_back(process);
            }
        }
        sigset_t signals;
        ::sigemptyset(&signals);
        ::sigaddset(&signals, SIGCHLD);
        (void)waitForSignal(signals, Milliseconds{10});
        while (::waitpid(-1, nullptr, WNOHANG) > 0) {
        }
    }
}

int Attendant::exitAs(int status)
{
    if (!WIFSIGNALED(status))
        return WEXITSTATUS(status);
    // A second dump of the memory would be of no use.
    const rlimit noDump{0, 0};
    (void)::setrlimit(RLIMIT_CORE, &noDump);
    const int signal = WTERMSIG(status);
    (void)::signal(signal, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    (void)::raise(signal);
    return 128 + signal;
}

void Attendant::say(const std::string &text)
{
    std::fprintf(stderr, "mainstay-attendant: %s\n", text.c_str());
}

} // namespace mainstay::guard
