// SPDX-License-Identifier: GPL-3.0-or-later
// What programs print, in a file of bounded size.
#pragma once

#include "guard/identity.h"
#include "handover/descriptor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mainstay::guard {

// One thread. When the file is full it becomes FILE.1, and a new one is begun: so all that write to a file share one of
// these. A disk that is full costs lines and nothing else.
class LogFile {
public:
    static constexpr std::uint64_t kMostBytes = std::uint64_t{10} << 20;

    // `owner`: the user who reads it, and who may do with its folder what they like; nothing for this process's own.
    LogFile(std::string path, std::optional<Identity> owner);

    // With its time in front.
    void line(std::string_view text);

private:
    void open();

    std::string m_path;
    std::optional<Identity> m_owner;
    handover::Descriptor m_file;
    std::uint64_t m_size = 0;
};

} // namespace mainstay::guard
