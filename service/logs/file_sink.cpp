// SPDX-License-Identifier: GPL-3.0-or-later
#include "logs/file_sink.h"

#include "logs/rotated_name.h"

namespace mainstay::logs {
namespace {

constexpr Seconds kRotateRetry{60};
constexpr Milliseconds kLookEvery{10'000};

// Which hour or day it is.
std::int64_t periodOf(WallTime time, Rotation::Every every)
{
    using namespace std::chrono;
    return every == Rotation::Every::hour ? floor<hours>(time).time_since_epoch().count()
                                          : floor<days>(time).time_since_epoch().count();
}

} // namespace

FileSink::FileSink(Options options) : m_options(std::move(options)), m_rotation(m_options.rotation) {}

void FileSink::setRotation(const Rotation &rotation)
{
    const std::lock_guard lock(m_mutex);
    m_rotation = rotation;
}

Rotation FileSink::rotation() const
{
    const std::lock_guard lock(m_mutex);
    return m_rotation;
}

std::optional<Milliseconds> FileSink::lookEvery() const
{
    return rotation().every == Rotation::Every::never ? std::nullopt : std::optional(kLookEvery);
}

Result<> FileSink::open()
{
    auto opened = AppendFile::open(m_options.path);
    if (!opened)
        return tl::unexpected(opened.error());
    m_file = std::move(*opened);
    const AppendFile::State state = m_file.state();
    m_begun = state.size > 0 ? state.changed : m_options.now();
    tidy(rotation());
    return {};
}

Result<> FileSink::prepare(std::size_t bytes)
{
    AppendFile::State state = m_file.state();
    if (state.isMoved) {
        if (auto opened = open(); !opened)
            return opened;
        state = m_file.state();
    }
    const Rotation rotation = this->rotation();
    const WallTime now = m_options.now();
    if (isDue(rotation, state, bytes, now))
        rotate(rotation, now);
    else if (state.size == 0)
        m_begun = now;
    return {};
}

bool FileSink::isDue(const Rotation &rotation, const AppendFile::State &state, std::size_t bytes, WallTime now) const
{
    if (!state.isRegular || state.size == 0 || now < m_nextTry)
        return false;
    if (rotation.size > 0 && state.size + bytes > rotation.size)
        return true;
    return rotation.every != Rotation::Every::never &&
           periodOf(*m_begun, rotation.every) != periodOf(now, rotation.every);
}

// What fails here is told, and the old file is written on.
void FileSink::rotate(const Rotation &rotation, WallTime now)
{
    const Result<> rotated = m_file.rotate(freeRotatedName(m_options.path, now));
    if (rotated) {
        m_begun = now;
        tidy(rotation);
    } else {
        m_nextTry = now + kRotateRetry;
    }
    if (rotated && !m_isTroubled)
        return;
    m_isTroubled = !rotated;
    if (m_options.onRotationTrouble)
        m_options.onRotationTrouble(rotated ? std::nullopt : std::optional(rotated.error()));
}

void FileSink::tidy(const Rotation &rotation)
{
    const bool rotates = rotation.size > 0 || rotation.every != Rotation::Every::never;
    if (m_options.archive && rotates)
        m_options.archive->tidy(m_options.path, rotation.retention);
}

} // namespace mainstay::logs
