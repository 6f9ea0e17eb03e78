// SPDX-License-Identifier: GPL-3.0-or-later
// The operating system's socket handle, owned.
#pragma once

#include <utility>

namespace mainstay::engine {

using NativeHandle = int; // a SOCKET on Windows
inline constexpr NativeHandle kNoHandle = -1;

// Owns a handle and closes it. Any thread, one owner.
class NativeSocket {
public:
    NativeSocket() = default;
    explicit NativeSocket(NativeHandle handle) noexcept : m_handle(handle) {}
    NativeSocket(NativeSocket &&other) noexcept : m_handle(std::exchange(other.m_handle, kNoHandle)) {}
    NativeSocket &operator=(NativeSocket &&other) noexcept
    {
        if (this != &other) {
            close();
            m_handle = std::exchange(other.m_handle, kNoHandle);
        }
        return *this;
    }
    ~NativeSocket() { close(); }

    [[nodiscard]] NativeHandle handle() const noexcept { return m_handle; }
    [[nodiscard]] bool isOpen() const noexcept { return m_handle != kNoHandle; }
    [[nodiscard]] NativeHandle release() noexcept { return std::exchange(m_handle, kNoHandle); }
    void close() noexcept;

private:
    NativeHandle m_handle = kNoHandle;
};

} // namespace mainstay::engine
