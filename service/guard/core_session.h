// SPDX-License-Identifier: GPL-3.0-or-later
// The guard's end of the line to mainstay-core, over all its restarts.
#pragma once

#include "guard/app_table.h"
#include "guard/child.h"
#include "guard/state_lock.h"
#include "handover/channel.h"
#include "handover/socket_binder.h"
#include "platform/service_host.h"

#include <deque>
#include <functional>
#include <vector>

namespace mainstay::guard {

// One thread. Keeps the listening sockets that the core asked for; passes on how it is doing.
class CoreSession final : public ChildEvents {
public:
    // `finished` is called when the core has ended for good by its own wish.
    CoreSession(EventLoop &loop, Log &log, platform::ServiceHost &host, const StateLock &lock, AppTable &apps,
                std::function<void()> finished);

    // False when no core runs.
    bool reload();

    Result<std::vector<handover::Descriptor>> prepare() override;
    void started(ProcessId process) override;
    bool askToStop(Milliseconds patience) override;
    AfterExit ended(const Exit &exit) override;

private:
    void read();
    void handle(const handover::Bind &request, handover::Channel::Received &received);
    void handle(const handover::Release &request);
    void handle(const handover::Ready &);
    // Sends in order, and what the core has no room for later.
    void tell(handover::Message message);
    void sendWaiting();
    // The core speaks no more, or not our language: it is to end.
    void hangUp(const std::string &reason);

    EventLoop &m_loop;
    Log &m_log;
    platform::ServiceHost &m_host;
    const StateLock &m_lock;
    AppTable &m_apps;
    std::function<void()> m_finished;
    handover::SocketBinder m_binder;
    std::vector<handover::ListenAddress> m_wanted; // what this core has bound
    std::optional<handover::Channel> m_channel;
    ProcessId m_process = 0;
    bool m_isReady = false;
    bool m_isStopping = false;
    std::deque<handover::Message> m_waiting; // for room on the line
    EventLoop::Registration m_readable;
    EventLoop::Registration m_hungUp;
    EventLoop::Registration m_resend;
};

} // namespace mainstay::guard
