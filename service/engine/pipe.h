// SPDX-License-Identifier: GPL-3.0-or-later
// Pipes of the system, through which bytes pass from one socket to another without being copied into this process.
#pragma once

#include "engine/native_socket.h"

#include <cstddef>
#include <memory>
#include <vector>

namespace mainstay::engine {

// Worker thread. What is in it is to leave it before more comes.
class Pipe {
public:
    // Null when the system gives none of a size that is worth while, or has no such thing.
    [[nodiscard]] static std::unique_ptr<Pipe> make();

    [[nodiscard]] NativeHandle source() const noexcept { return m_source.handle(); }
    [[nodiscard]] NativeHandle sink() const noexcept { return m_sink.handle(); }

    // How many bytes are in it, as who moves them says.
    [[nodiscard]] std::size_t held() const noexcept { return m_held; }
    void noteIn(std::size_t count) noexcept { m_held += count; }
    void noteOut(std::size_t count) noexcept { m_held -= count; }

private:
    Pipe(NativeSocket source, NativeSocket sink) : m_source(std::move(source)), m_sink(std::move(sink)) {}

    NativeSocket m_source;
    NativeSocket m_sink;
    std::size_t m_held = 0;
};

// Worker thread. Outlives what it hands out.
class PipePool {
public:
    struct GiveBack {
        PipePool *pool = nullptr;
        void operator()(Pipe *pipe) const noexcept { pool->giveBack(pipe); }
    };
    using Lease = std::unique_ptr<Pipe, GiveBack>;

    PipePool() { m_free.reserve(kKept); }
    PipePool(const PipePool &) = delete;
    PipePool &operator=(const PipePool &) = delete;

    // Null when so many are in use that descriptors could become scarce, or none can be made.
    [[nodiscard]] Lease take();

private:
    void giveBack(Pipe *pipe) noexcept;

    // A user may have some 64 in all (pipe-user-pages-soft of Linux), and has other uses for them.
    static constexpr std::size_t kKept = 4;
    static constexpr std::size_t kMost = 32;

    std::vector<std::unique_ptr<Pipe>> m_free;
    std::size_t m_leased = 0;
};

} // namespace mainstay::engine
