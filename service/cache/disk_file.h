// SPDX-License-Identifier: GPL-3.0-or-later
// The files of a folder that are known by numbers, each written once and whole.
#pragma once

#include "base/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mainstay::cache {

// Any thread, one owner; each call may wait for the disk.
class DiskFile {
public:
    DiskFile() = default;
    DiskFile(DiskFile &&other) noexcept : m_handle(std::exchange(other.m_handle, -1)), m_size(other.m_size) {}
    DiskFile &operator=(DiskFile &&) = delete;
    ~DiskFile();

    // Not open when it cannot be.
    [[nodiscard]] static DiskFile open(const std::string &folder, std::uint64_t number);
    [[nodiscard]] bool isOpen() const noexcept { return m_handle >= 0; }
    [[nodiscard]] std::uint64_t size() const noexcept { return m_size; }
    // False when there are not so many bytes there.
    [[nodiscard]] bool read(std::uint64_t offset, std::span<char> room) const;

    // Under another name until all of it is there. Leaves some room on the disk to others. Nothing stays behind when it
    // fails.
    [[nodiscard]] static Result<> write(const std::string &folder, std::uint64_t number, std::string_view front,
                                        std::string_view content);
    static void remove(const std::string &folder, std::uint64_t number);
    // The numbers of all there are, in order. Takes away what was not written to its end.
    [[nodiscard]] static std::vector<std::uint64_t> list(const std::string &folder);

private:
    int m_handle = -1;
    std::uint64_t m_size = 0;
};

} // namespace mainstay::cache
