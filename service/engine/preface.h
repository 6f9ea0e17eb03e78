// SPDX-License-Identifier: GPL-3.0-or-later
// What a peer says before all else, taken off its connection and nothing behind it, so that whoever comes next, TLS or
// another, finds the rest.
#pragma once

#include "base/clock.h"
#include "engine/loop.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace mainstay::engine {

// Worker thread. Ends once: with the connection, or with none when the preface is refused, late or cut short.
class Preface : private Descriptor, private Timer {
public:
    enum class Verdict : std::uint8_t { more, whole, refused };
    struct Judgement {
        Verdict verdict = Verdict::refused;
        std::size_t size = 0; // of a preface that is whole
    };
    // Looks at all that has come so far, at most kMostBytes, where there must be a verdict.
    using Judge = std::function<Judgement(std::string_view bytes)>;
    // May destroy the object. The socket is not open when there is no preface.
    using OnEnd = std::function<void(NativeSocket)>;

    static constexpr std::size_t kMostBytes = 4096;

    Preface(Loop &loop, NativeSocket socket, Milliseconds patience, Judge judge, OnEnd onEnd);
    ~Preface() override;

    // Ends it now, with what has come.
    void settle() { look(true); }

private:
    void onReady(Readiness readiness) override;
    void onDue() override;
    void look(bool isLast);
    // Takes what was looked at. False when the system does not give it.
    [[nodiscard]] bool take(std::size_t size) noexcept;
    void end(NativeSocket socket);

    Judge m_judge;
    OnEnd m_onEnd;
    bool m_peerEnded = false;
};

} // namespace mainstay::engine
