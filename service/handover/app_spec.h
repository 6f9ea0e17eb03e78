// SPDX-License-Identifier: GPL-3.0-or-later
// A program that the core has the guard run, with all that it needs to know to do so.
#pragma once

#include "base/result.h"
#include "handover/descriptor.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mainstay::handover {

// Immutable. Travels in memory of its own, since it may be longer than a message.
struct AppSpec {
    static constexpr std::size_t kMaxTexts = 1024;
    static constexpr std::size_t kMaxTextBytes = 32'768;
    static constexpr std::size_t kMaxPathBytes = 4096;

    std::string program; // a path, or a name to look for in PATH
    std::vector<std::string> arguments;
    std::vector<std::string> environment; // NAME=value, over PATH, LANG and what tells of the user; the last of each
    std::string folder;                   // absolute
    std::string user;                     // empty: the one the core runs as
    std::string socket;                   // that the program makes; what an earlier run left there is removed
    std::string log;                      // name of the file for what it prints, in the log folder
    std::uint64_t memoryLimit = 0;        // bytes; 0 for none
    std::uint32_t cpuLimit = 0;           // percent of a core; 0 for none
    std::uint32_t patience = 10'000;      // milliseconds to end after SIGTERM

    template <class Spec, class Visitor>
    static void fields(Spec &spec, Visitor &visit)
    {
        visit.text(spec.program, kMaxPathBytes);
        visit.texts(spec.arguments, kMaxTexts, kMaxTextBytes);
        visit.texts(spec.environment, kMaxTexts, kMaxTextBytes);
        visit.text(spec.folder, kMaxPathBytes);
        visit.text(spec.user, kMaxPathBytes);
        visit.text(spec.socket, kMaxPathBytes);
        visit.text(spec.log, kMaxPathBytes);
        visit.number(spec.memoryLimit);
        visit.number(spec.cpuLimit);
        visit.number(spec.patience);
    }
    friend bool operator==(const AppSpec &, const AppSpec &) = default;
};

// In memory that a descriptor stands for. Fails with "app-spec.too-long", where a text or a list is longer than its
// bound above or all together than 4 MiB, or "descriptor.exhausted".
[[nodiscard]] Result<Descriptor> store(const AppSpec &spec);
// Fails with "app-spec.malformed".
[[nodiscard]] Result<AppSpec> loadAppSpec(const Descriptor &memory);

// Any bytes, for a program to read from its beginning. Fails with "descriptor.exhausted".
[[nodiscard]] Result<Descriptor> storeBytes(const std::string &bytes);

} // namespace mainstay::handover
