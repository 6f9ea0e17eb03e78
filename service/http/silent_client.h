// SPDX-License-Identifier: GPL-3.0-or-later
// The client of a request that is made for the cache alone.
#pragma once

#include "engine/stream.h"

namespace mainstay::http {

// Worker thread. Takes whatever it is sent, at once, and says nothing.
class SilentClient final : public engine::Stream {
public:
    explicit SilentClient(engine::Loop &loop) noexcept : Stream(loop) {}

    [[nodiscard]] bool hasUnread() const noexcept override { return false; }
    void shutdownSend() noexcept override {}
    void resetOnClose() noexcept override {}

private:
    Outcome readSome(std::span<char>) noexcept override { return {Attempt::wantsRead}; }
    Outcome writeSome(const engine::Pieces &pieces) noexcept override { return {Attempt::done, pieces.size()}; }
    Outcome writeFile(const engine::FileRange &file) noexcept override
    {
        return {Attempt::done, static_cast<std::size_t>(file.length)};
    }
    [[nodiscard]] bool isOpen() const noexcept override { return true; }
    void retryLater() override {} // no send takes more than one attempt
};

} // namespace mainstay::http
