// SPDX-License-Identifier: GPL-3.0-or-later
// What stands between the guard and a program of somebody else's: mainstay-attendant.
#pragma once

#include "base/clock.h"
#include "guard/cpu_limiter.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mainstay::guard {

// Runs a program and ends with it, with all that it left behind: as the adoptive parent of every orphan below it, it
// finds a child in whatever session that went to. SIGTERM is passed on to the program, which then has its patience;
// SIGQUIT ends its. Exits as the program did, or with one of the codes below. One thread.
class Attendant {
public:
    struct Options {
        std::uint64_t memoryLimit = 0; // bytes of all processes; 0 for none
        std::uint32_t cpuLimit = 0;    // percent of one core; 0 for none
        Milliseconds patience{10'000};
        std::string socket; // that the program makes: what is left there of an earlier run is removed; empty for none
        std::vector<std::string> command;

        // "--memory BYTES --cpu PERCENT --patience MILLISECONDS --socket PATH -- PROGRAM ARGUMENT…", all of it before
        // the program optional. Nothing when it is not that.
        static std::optional<Options> parse(std::span<const char *const> arguments);
    };
    static constexpr int kOverLimit = 125;  // it used too much memory
    static constexpr int kNotStarted = 127; // as a shell says

    explicit Attendant(Options options);

    // Until all has ended; gives the exit code. Ends by the program's signal itself where that ended the program.
    int run();

private:
    [[nodiscard]] bool start();
    // The program's status once it has ended.
    std::optional<int> collect();
    void askToEnd();
    [[nodiscard]] bool isOverMemory() const;
    void endAll(Milliseconds grace);
    [[nodiscard]] static int exitAs(int status);
    static void say(const std::string &text);

    Options m_options;
    CpuLimiter m_cpu;
    int m_program = 0;
    std::optional<SteadyTime> m_deadline; // for its end, once it was asked to
};

} // namespace mainstay::guard
