// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/file_stamp.h"

#include <cstdint>
#include <sys/stat.h>
#include <utility>

namespace mainstay::control {
namespace {

FileStamp::Time timeOf(const timespec &time)
{
    return FileStamp::Time(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

} // namespace

FileStamp FileStamp::of(std::filesystem::path file)
{
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0)
        return {std::move(file), {}, {}, 0, 0};
    return {std::move(file), timeOf(status.st_mtim), timeOf(status.st_ctim), status.st_ino,
            static_cast<std::uint64_t>(status.st_size)};
}

FileStamp FileStamp::ofNone(std::filesystem::path file)
{
    return {std::move(file), {}, {}, UINT64_MAX, UINT64_MAX};
}

} // namespace mainstay::control
