// SPDX-License-Identifier: GPL-3.0-or-later
// A listening socket of one worker.
#pragma once

#include "base/endpoint.h"
#include "engine/loop.h"

#include <functional>

namespace mainstay::engine {

// Worker thread. Accepts as connections come. When descriptors run out it pauses for a moment and lets them queue.
class Acceptor : private Descriptor, private Timer {
public:
    using OnAccept = std::function<void(NativeSocket, const Endpoint &peer)>;

    // `listening` is one of a group bound with SO_REUSEPORT, non-blocking. The handler is called on the worker and
    // must not destroy the acceptor.
    Acceptor(Loop &loop, NativeSocket listening, OnAccept onAccept);
    ~Acceptor() override;

    // Accepts what has queued so far and then stops for good, so that a listener taken away loses no connection that
    // the kernel has already completed.
    void drain();

private:
    void onReady(Readiness readiness) override;
    void onDue() override;
    void pause();
    // False when nothing waits.
    bool acceptOne();

    OnAccept m_onAccept;
};

} // namespace mainstay::engine
