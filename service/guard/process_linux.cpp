// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/process.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace mainstay::guard {

namespace {

using handover::Descriptor;

enum class Step : std::uint8_t { session, descriptors, user, privileges, folder, program };

struct Failure {
    Step step;
    int code;
};

// Everything the new process needs, made before the fork: after it only plain system calls follow.
struct Launch {
    const ProcessSpec &spec;
    std::vector<char *> arguments;
    std::vector<char *> environment;
    std::vector<int> descriptors; // become 0, 1, 2 …
    pid_t guard;
};

std::vector<char *> pointersTo(const std::vector<std::string> &texts)
{
    std::vector<char *> pointers;
    for (const std::string &text : texts)
        pointers.push_back(const_cast<char *>(text.c_str())); // execve() does not write to them
    pointers.push_back(nullptr);
    return pointers;
}

bool placeDescriptors(const std::vector<int> &sources)
{
    // First out of the way of every target, then into place.
    const int count = static_cast<int>(sources.size());
    std::array<int, 16> moved{};
    if (sources.size() > moved.size())
        return false;
    for (int i = 0; i < count; ++i) {
        moved[i] = ::fcntl(sources[i], F_DUPFD_CLOEXEC, count);
        if (moved[i] < 0)
            return false;
    }
    for (int i = 0; i < count; ++i) {
        if (::dup2(moved[i], i) < 0)
            return false;
    }
    // What the guard itself was started with is not for its children either.
    (void)::close_range(static_cast<unsigned>(count), ~0U, CLOSE_RANGE_CLOEXEC);
    return true;
}

bool becomeUser(const Identity &identity)
{
    for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability) >= 0; ++capability)
        (void)::prctl(PR_CAPBSET_DROP, capability);
    return ::setgroups(identity.groups.size(), identity.groups.data()) == 0 && ::setgid(identity.group) == 0 &&
           ::setuid(identity.user) == 0;
}

// Leaves no capability and no way to one, and fails if this is still root, or could be again.
bool dropPrivileges()
{
    (void)::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    const std::array<__user_cap_data_struct, 2> none{};
    if (::syscall(SYS_capset, &header, none.data()) != 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return false;
    uid_t real = 0;
    uid_t effective = 0;
    uid_t saved = 0;
    if (::getresuid(&real, &effective, &saved) != 0)
        return false;
    if (real == 0 || effective == 0 || saved == 0 || ::setuid(0) == 0) {
        errno = EPERM;
        return false;
    }
    return true;
}

void resetSignals()
{
    for (int signal = 1; signal < NSIG; ++signal)
        (void)::signal(signal, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// In the new process. Returns the step that failed, with errno.
Step launch(const Launch &what)
{
    resetSignals();
    if (::setsid() < 0)
        return Step::session;
    if (!placeDescriptors(what.descriptors))
        return Step::descriptors;
    if (what.spec.identity && !becomeUser(*what.spec.identity))
        return Step::user;
    if (!dropPrivileges())
        return Step::privileges;
    // After the change of user, which clears it.
    if (what.spec.endsWithGuard && (::prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || ::getppid() != what.guard))
        return Step::session;
    if (::chdir(what.spec.folder.c_str()) != 0)
        return Step::folder;
    ::execve(what.spec.program.c_str(), what.arguments.data(), what.environment.data());
    return Step::program;
}

std::string nameOf(const ProcessSpec &spec)
{
    return spec.name.empty() ? spec.program : spec.name;
}

Error explain(const ProcessSpec &spec, Failure failure)
{
    const std::string who = spec.identity ? " as user " + spec.identity->name : std::string();
    const std::string what = "cannot start " + nameOf(spec) + who;
    const std::string why = ": " + std::generic_category().message(failure.code);
    switch (failure.step) {
    case Step::folder:
        return {"process.not-started", what + " in " + spec.folder + why, "let that user enter the folder"};
    case Step::program:
        return {"process.not-started", "cannot start " + spec.program + who + why,
                "see that the program exists and that this user may run it"};
    case Step::user:
        return {"process.not-started", what + ": the change of user failed" + why, {}};
    case Step::privileges:
        return {"process.not-started", what + ": cannot give up all privileges" + why,
                "name an unprivileged user with --user NAME"};
    default:
        return {"process.not-started", what + why, {}};
    }
}

tl::unexpected<Error> exhausted(const ProcessSpec &spec)
{
    return fail("process.not-started", "cannot start " + nameOf(spec) + ": " + std::generic_category().message(errno),
                "raise the limits of processes and open files");
}

struct Pipe {
    Descriptor reading;
    Descriptor writing;
};

std::optional<Pipe> makePipe()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return std::nullopt;
    return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

} // namespace

std::string Exit::text() const
{
    if (signal != 0)
        return "was ended by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
    return "exited with code " + std::to_string(code);
}

Result<StartedProcess> startProcess(const ProcessSpec &spec, const std::vector<Descriptor> &descriptors)
{
    const Descriptor input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    auto output = makePipe();
    auto report = makePipe();
    if (!input.isOpen() || !output || !report)
        return exhausted(spec);
    ::fcntl(output->reading.number(), F_SETFL, O_NONBLOCK);

    std::vector<std::string> arguments{spec.program};
    arguments.insert(arguments.end(), spec.arguments.begin(), spec.arguments.end());
    Launch what{spec, pointersTo(arguments), pointersTo(spec.environment), {}, ::getpid()};
    what.descriptors = {input.number(), output->writing.number(), output->writing.number()};
    for (const Descriptor &descriptor : descriptors)
        what.descriptors.push_back(descriptor.number());
    // Where placeDescriptors() does not put anything over it.
    Descriptor reportTo(::fcntl(report->writing.number(), F_DUPFD_CLOEXEC, 64));
    if (!reportTo.isOpen())
        return exhausted(spec);

    const pid_t id = ::fork();
    if (id < 0)
        return exhausted(spec);
    if (id == 0) {
        const Step step = launch(what);
        const Failure failure{step, errno};
        (void)!::write(reportTo.number(), &failure, sizeof failure);
        ::_exit(127);
    }
    // The program's start closes the last writing end; a failure is written to it first.
    report->writing.reset();
    reportTo.reset();
    Failure failure{};
    ssize_t length = 0;
    do {
        length = ::read(report->reading.number(), &failure, sizeof failure);
    } while (length < 0 && errno == EINTR);
    if (length == sizeof failure) {
        collect(id);
        return tl::unexpected(explain(spec, failure));
    }
    return StartedProcess{id, std::move(output->reading)};
}

void adoptOrphans()
{
    (void)::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

std::optional<EndedProcess> nextEnded()
{
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
        return std::nullopt;
    EndedProcess ended{info.si_pid, {}};
    (info.si_code == CLD_EXITED ? ended.exit.code : ended.exit.signal) = info.si_status;
    return ended;
}

void collect(ProcessId id)
{
    while (::waitpid(id, nullptr, 0) < 0 && errno == EINTR) {
    }
}

std::vector<ProcessId> childrenOfThisProcess()
{
    const std::string self = std::to_string(::getpid());
    std::ifstream list("/proc/self/task/" + self + "/children");
    std::vector<ProcessId> children;
    for (ProcessId id = 0; list >> id;)
        children.push_back(id);
    return children;
}

bool hasChildren()
{
    siginfo_t info{};
    return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void sendSignal(ProcessId id, int signal)
{
    (void)::kill(id, signal);
}

void sendSignalToGroup(ProcessId id, int signal)
{
    (void)::kill(-id, signal);
}

} // namespace mainstay::guard
