// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipe.h"

#include <array>
#include <fcntl.h>
#include <unistd.h>

namespace mainstay::engine {

std::unique_ptr<Pipe> Pipe::make()
{
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_NONBLOCK | O_CLOEXEC) != 0)
        return nullptr;
    return std::unique_ptr<Pipe>(new Pipe(NativeSocket(ends[0]), NativeSocket(ends[1])));
}

} // namespace mainstay::engine
