// SPDX-License-Identifier: GPL-3.0-or-later
// Blocks of 64 KiB that are held only while there is something in them.
#pragma once

#include "engine/poison.h"

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace mainstay::engine {

inline constexpr std::size_t kBlockSize = 64 * 1024;

// Worker thread. Last in, first out, so that the block handed out is the one still in the cache.
class BufferPool {
public:
    // Holding `kept` free blocks at the most; the rest goes back to the heap.
    explicit BufferPool(std::size_t kept = 64) : m_kept(kept) { m_free.reserve(kept); }
    BufferPool(const BufferPool &) = delete;
    BufferPool &operator=(const BufferPool &) = delete;
    ~BufferPool()
    {
        assert(m_leased == 0);
        for (const auto &block : m_free)
            unpoison(block.get(), kBlockSize);
    }

    [[nodiscard]] char *take()
    {
        ++m_leased;
        if (m_free.empty())
            return new char[kBlockSize];
        char *block = m_free.back().release();
        m_free.pop_back();
        unpoison(block, kBlockSize);
        return block;
    }
    void giveBack(char *block) noexcept
    {
        --m_leased;
        std::unique_ptr<char[]> owned(block);
        if (m_free.size() < m_kept) {
            poison(block, kBlockSize);
            m_free.push_back(std::move(owned)); // within the reserved capacity
        }
    }
    [[nodiscard]] std::size_t leased() const noexcept { return m_leased; }

private:
    std::size_t m_kept;
    std::size_t m_leased = 0;
    std::vector<std::unique_ptr<char[]>> m_free;
};

// Worker thread. A lease of a block, taken when the first byte is written and given back when the last is consumed.
class Buffer {
public:
    explicit Buffer(BufferPool &pool) noexcept : m_pool(&pool) {}
    Buffer(Buffer &&other) noexcept
        : m_pool(other.m_pool), m_block(std::exchange(other.m_block, nullptr)),
          m_begin(std::exchange(other.m_begin, 0)), m_end(std::exchange(other.m_end, 0))
    {}
    Buffer &operator=(Buffer &&other) noexcept
    {
        std::swap(m_pool, other.m_pool);
        std::swap(m_block, other.m_block);
        std::swap(m_begin, other.m_begin);
        std::swap(m_end, other.m_end);
        return *this;
    }
    ~Buffer() { clear(); }

    [[nodiscard]] bool isEmpty() const noexcept { return m_begin == m_end; }
    [[nodiscard]] std::size_t size() const noexcept { return m_end - m_begin; }
    [[nodiscard]] const char *data() const noexcept { return m_block + m_begin; }
    [[nodiscard]] std::string_view view() const noexcept { return {m_block + m_begin, size()}; }

    // The same, for who changes what is there.
    [[nodiscard]] std::span<char> contents() noexcept { return {m_block + m_begin, size()}; }

    // Where the next bytes go; takes a block when there is none. Empty when full.
    [[nodiscard]] std::span<char> room()
    {
        if (!m_block)
            m_block = m_pool->take();
        return {m_block + m_end, kBlockSize - m_end};
    }
    [[nodiscard]] bool isFull() const noexcept { return m_block && m_end == kBlockSize; }
    void append(std::size_t count) noexcept { m_end += static_cast<std::uint32_t>(count); }
    void append(std::string_view text)
    {
        const std::span<char> free = room();
        assert(text.size() <= free.size());
        text.copy(free.data(), text.size());
        append(text.size());
    }
    void consume(std::size_t count) noexcept
    {
        m_begin += static_cast<std::uint32_t>(count);
        if (m_begin == m_end)
            clear();
    }
    // Moves what is there to the front of the block, so that room() is as large as can be.
    void compact() noexcept
    {
        if (m_begin == 0)
            return;
        std::char_traits<char>::move(m_block, m_block + m_begin, size());
        m_end -= m_begin;
        m_begin = 0;
    }
    // Gives the block back if a receive that was tried brought nothing.
    void trim() noexcept
    {
        if (isEmpty())
            clear();
    }
    void clear() noexcept
    {
        if (m_block)
            m_pool->giveBack(std::exchange(m_block, nullptr));
        m_begin = m_end = 0;
    }

private:
    BufferPool *m_pool;
    char *m_block = nullptr;
    std::uint32_t m_begin = 0;
    std::uint32_t m_end = 0;
};

} // namespace mainstay::engine
