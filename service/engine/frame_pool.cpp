// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/frame_pool.h"

#include "engine/poison.h"
#include "engine/prefetch.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <new>
#include <utility>

namespace mainstay::engine::frames {

namespace {

constexpr std::size_t kStep = 64;
constexpr std::size_t kClasses = 32; // frames of up to 2 KiB are recycled
constexpr std::uint32_t kKept = 1024;
constexpr std::size_t kPrefetched = 256;

struct FreeFrame {
    FreeFrame *next;
};

struct FreeList {
    FreeFrame *first = nullptr;
    std::uint32_t count = 0;
};

constexpr std::size_t classOf(std::size_t size)
{
    return (size + kStep - 1) / kStep - 1;
}
constexpr std::size_t sizeOf(std::size_t index)
{
    return (index + 1) * kStep;
}

struct Pool {
    std::array<FreeList, kClasses> lists{};
    std::size_t live = 0;

    Pool() = default;
    Pool(const Pool &) = delete;
    Pool &operator=(const Pool &) = delete;
    ~Pool()
    {
        for (std::size_t index = 0; index < kClasses; ++index) {
            while (void *frame = takeFree(index))
                ::operator delete(frame);
        }
    }

    // Null when there is none.
    void *takeFree(std::size_t index) noexcept
    {
        FreeList &list = lists[index];
        if (!list.first)
            return nullptr;
        unpoison(list.first, sizeOf(index));
        --list.count;
        FreeFrame *frame = std::exchange(list.first, list.first->next);
        prefetch(list.first, std::min(sizeOf(index), kPrefetched)); // the next to be taken
        return frame;
    }
    void keep(void *frame, std::size_t index) noexcept
    {
        FreeList &list = lists[index];
        list.first = ::new (frame) FreeFrame{list.first};
        ++list.count;
        poison(frame, sizeOf(index));
    }
};

thread_local Pool t_pool;

} // namespace

void *allocate(std::size_t size)
{
    const std::size_t index = classOf(size);
    void *frame = nullptr;
    if (index >= kClasses)
        frame = ::operator new(size);
    else if (frame = t_pool.takeFree(index); !frame)
        frame = ::operator new(sizeOf(index));
    ++t_pool.live;
    return frame;
}

void release(void *frame, std::size_t size) noexcept
{
    --t_pool.live;
    const std::size_t index = classOf(size);
    if (index >= kClasses || t_pool.lists[index].count >= kKept)
        ::operator delete(frame);
    else
        t_pool.keep(frame, index);
}

std::size_t live() noexcept
{
    return t_pool.live;
}

} // namespace mainstay::engine::frames
