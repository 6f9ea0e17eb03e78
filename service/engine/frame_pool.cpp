// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/frame_pool.h"

#include <array>
#include <cstdint>
#include <new>
#include <utility>

namespace mainstay::engine::frames {

namespace {

constexpr std::size_t kStep = 64;
constexpr std::size_t kClasses = 32; // frames of up to 2 KiB are recycled
constexpr std::uint32_t kKept = 1024;

struct FreeFrame {
    FreeFrame *next;
};

struct FreeList {
    FreeFrame *first = nullptr;
    std::uint32_t count = 0;
};

struct Pool {
    std::array<FreeList, kClasses> lists{};

    Pool() = default;
    Pool(const Pool &) = delete;
    Pool &operator=(const Pool &) = delete;
    ~Pool()
    {
        for (FreeList &list : lists) {
            while (list.first)
                ::operator delete(std::exchange(list.first, list.first->next));
        }
    }
};

thread_local Pool t_pool;

constexpr std::size_t classOf(std::size_t size) { return (size + kStep - 1) / kStep - 1; }

} // namespace

void *allocate(std::size_t size)
{
    const std::size_t index = classOf(size);
    if (index >= kClasses)
        return ::operator new(size);
    FreeList &list = t_pool.lists[index];
    if (!list.first)
        return ::operator new((index + 1) * kStep);
    FreeFrame *frame = list.first;
    list.first = frame->next;
    --list.count;
    return frame;
}

void release(void *frame, std::size_t size) noexcept
{
    const std::size_t index = classOf(size);
    if (index >= kClasses || t_pool.lists[index].count >= kKept) {
        ::operator delete(frame);
        return;
    }
    FreeList &list = t_pool.lists[index];
    list.first = ::new (frame) FreeFrame{list.first};
    ++list.count;
}

} // namespace mainstay::engine::frames
