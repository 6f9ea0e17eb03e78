// SPDX-License-Identifier: GPL-3.0-or-later
// mainstayd: reads its options, checks its surroundings and runs the guard.
#include "guard/guard.h"
#include "handover/exit_code.h"

#include <cstdio>
#include <filesystem>
#include <sys/resource.h>
#include <unistd.h>

namespace {

using namespace mainstay;
using namespace mainstay::guard;
using handover::ExitCode;

// A core that was left behind by a guard that crashed is waited for this long.
constexpr Milliseconds kLockPatience{15'000};

int complain(const Error &error, ExitCode code)
{
    std::fprintf(stderr, "mainstayd: %s\n", error.text().c_str());
    return static_cast<int>(code);
}

// Sockets count many times over: here, in the core, and on their way.
void raiseDescriptorLimit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

Result<> run(const Options &options)
{
    auto identity = chooseIdentity(::geteuid(), options.user, lookUpUser);
    if (!identity)
        return forward(std::move(identity));
    if (auto made = prepareFolder(options.state, 0750, *identity, "--state"); !made)
        return made;
    if (auto made = prepareFolder(options.runtime, 0755, *identity, "--runtime"); !made)
        return made;
    auto lock = StateLock::acquire(options.state, *identity, kLockPatience, [](const std::string &text) {
        std::fprintf(stderr, "mainstayd: %s\n", text.c_str());
    });
    if (!lock)
        return forward(std::move(lock));
    raiseDescriptorLimit();

    EventLoop loop;
    Log log(loop, STDERR_FILENO);
    {
        Guard guard(loop, log, options, *std::move(identity), *std::move(lock), platform::connectServiceHost());
        if (auto started = guard.start(); !started)
            return started;
        loop.run();
    }
    log.flush(Milliseconds(500));
    return {};
}

} // namespace

int main(int argc, char **argv)
{
    std::error_code ignored;
    const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", ignored);
    const auto options = Options::parse(std::span<const char *const>(argv, static_cast<std::size_t>(argc)).subspan(1),
                                        std::filesystem::current_path(ignored).string(), self.parent_path().string());
    if (!options)
        return complain(options.error(), ExitCode::usage);
    if (options->help) {
        std::fwrite(kHelp.data(), 1, kHelp.size(), stdout);
        return 0;
    }
    if (options->version) {
        std::puts("mainstayd " MAINSTAY_VERSION);
        return 0;
    }
    const Result<> ran = run(*options);
    return ran ? 0 : complain(ran.error(), ExitCode::failed);
}
