// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipe.h"

#include <array>
#include <fcntl.h>
#include <unistd.h>

namespace mainstay::engine {

namespace {

// Bytes. With the usual 64 KiB the calls for all the parts cost as much as the copies that are saved.
constexpr int kWanted = 1 << 20;

} // namespace

std::unique_ptr<Pipe> Pipe::make()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0)
        return nullptr;
    ::fcntl(ends[1], F_SETPIPE_SZ, kWanted); // it holds less where the system allows no more
    return std::unique_ptr<Pipe>(new Pipe(NativeSocket(ends[0]), NativeSocket(ends[1])));
}

} // namespace mainstay::engine
