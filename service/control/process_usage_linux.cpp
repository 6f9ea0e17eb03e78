// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/process_usage.h"

#include <fstream>

#include <sys/resource.h>
#include <unistd.h>

namespace mainstay::control {

ProcessUsage processUsage()
{
    ProcessUsage usage;
    rusage spent{};
    if (getrusage(RUSAGE_SELF, &spent) == 0) {
        const auto seconds = [](const timeval &time) {
            return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
        };
        usage.cpuSeconds = seconds(spent.ru_utime) + seconds(spent.ru_stime);
    }
    std::uint64_t pages = 0;
    std::uint64_t residentPages = 0;
    if (std::ifstream("/proc/self/statm") >> pages >> residentPages)
        usage.rssBytes = residentPages * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
    return usage;
}

std::uint64_t mostDescriptors()
{
    rlimit limit{};
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

} // namespace mainstay::control
