// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/pipe.h"

namespace mainstay::engine {

PipePool::Lease PipePool::take()
{
    if (m_leased == kMost)
        return Lease(nullptr, {this});
    std::unique_ptr<Pipe> pipe;
    if (m_free.empty()) {
        pipe = Pipe::make();
    } else {
        pipe = std::move(m_free.back());
        m_free.pop_back();
    }
    m_leased += pipe ? 1 : 0;
    return Lease(pipe.release(), {this});
}

void PipePool::giveBack(Pipe *pipe) noexcept
{
    std::unique_ptr<Pipe> owned(pipe);
    --m_leased;
    // What is left in it was for somebody who is gone.
    if (owned->held() == 0 && m_free.size() < kKept)
        m_free.push_back(std::move(owned)); // within the reserved capacity
}

} // namespace mainstay::engine
