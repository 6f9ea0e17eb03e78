// SPDX-License-Identifier: GPL-3.0-or-later
// A file without a name, for what is too large to be kept in memory.
#pragma once

#include "base/result.h"
#include "engine/native_socket.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace mainstay::http {

// Any thread, one owner at a time; each call may wait for the disk. What is in it goes with it, or with the process.
class SpoolFile {
public:
    static constexpr const char *kDiskFull = "spool.disk-full"; // the code of that error

    SpoolFile() = default;
    SpoolFile(SpoolFile &&other) noexcept
        : m_handle(std::exchange(other.m_handle, engine::kNoHandle)), m_size(std::exchange(other.m_size, 0))
    {}
    SpoolFile &operator=(SpoolFile &&other) noexcept
    {
        std::swap(m_handle, other.m_handle);
        std::swap(m_size, other.m_size);
        return *this;
    }
    ~SpoolFile();

    // For its owner alone, on the disk of the folder, which is made if it is not there.
    [[nodiscard]] static Result<SpoolFile> create(const std::string &folder);
    // The same where the system knows no files without a name: it has one for a moment.
    [[nodiscard]] static Result<SpoolFile> createNamed(const std::string &folder);
    // Takes away what a crash left of createNamed().
    static void cleanUp(const std::string &folder);

    // All of the bytes; what is there of them when that fails is of no use. Leaves some room on the disk to others.
    [[nodiscard]] Result<> append(std::string_view bytes);

    [[nodiscard]] bool isOpen() const noexcept { return m_handle != engine::kNoHandle; }
    [[nodiscard]] engine::NativeHandle handle() const noexcept { return m_handle; }
    [[nodiscard]] std::uint64_t size() const noexcept { return m_size; }

private:
    explicit SpoolFile(engine::NativeHandle handle) noexcept : m_handle(handle) {}

    engine::NativeHandle m_handle = engine::kNoHandle;
    std::uint64_t m_size = 0;
};

} // namespace mainstay::http
