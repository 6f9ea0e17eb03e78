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
    NativeSocket source(ends[0]);
    NativeSocket sink(ends[1]);
    // To who has many the system gives less, and then copying is quicker.
    if (::fcntl(sink.handle(), F_SETPIPE_SZ, kWanted) < kWanted)
        return nullptr;
    return std::unique_ptr<Pipe>(new Pipe(std::move(source), std::move(sink)));
}

} // namespace mainstay::engine
