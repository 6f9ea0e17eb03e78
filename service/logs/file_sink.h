// SPDX-License-Identifier: GPL-3.0-or-later
// A log's file, which is rotated, and opened anew when others have moved it.
#pragma once

#include "logs/append_file.h"
#include "logs/archive.h"
#include "logs/log_sink.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace mainstay::logs {

// When a new file is begun.
struct Rotation {
    enum class Every : std::uint8_t { never, hour, day };

    std::uint64_t size = 0; // before it would be larger; 0: never
    Every every = Every::never;
    Retention retention{}; // of those that were moved aside

    friend bool operator==(const Rotation &, const Rotation &) = default;
};

// The log's thread, but for setRotation().
class FileSink : public LogSink {
public:
    struct Options {
        std::string path;
        Rotation rotation;
        std::shared_ptr<Archive> archive; // null: what is moved aside stays as it is
        // What keeps it from rotating, which does not keep it from writing; nothing when it can again.
        std::function<void(const std::optional<Error> &)> onRotationTrouble;
        std::function<WallTime()> now = &WallClock::now;
    };

    explicit FileSink(Options options);

    // Any thread.
    void setRotation(const Rotation &rotation);

    Result<> open() override;
    Result<> prepare(std::size_t bytes) override;
    Result<std::size_t> write(std::string_view lines) override { return m_file.append(lines); }
    [[nodiscard]] std::optional<Milliseconds> lookEvery() const override;

private:
    [[nodiscard]] Rotation rotation() const;
    [[nodiscard]] bool isDue(const Rotation &rotation, const AppendFile::State &state, std::size_t bytes,
                             WallTime now) const;
    void rotate(const Rotation &rotation, WallTime now);
    void tidy(const Rotation &rotation);

    const Options m_options;
    AppendFile m_file;
    std::optional<WallTime> m_begun; // the present file, or when it was changed last before it was opened
    WallTime m_nextTry;              // to rotate
    bool m_isTroubled = false;

    mutable std::mutex m_mutex;
    Rotation m_rotation; // guarded by it
};

} // namespace mainstay::logs
