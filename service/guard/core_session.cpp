// SPDX-License-Identifier: GPL-3.0-or-later
#include "guard/core_session.h"

#include "handover/exit_code.h"

#include <algorithm>
#include <csignal>
#include <unistd.h>

namespace mainstay::guard {

namespace {

using namespace handover;

// How long a core whose line is cut may take to end by itself.
constexpr Milliseconds kAfterHangUp{5000};
constexpr Milliseconds kResend{20};
constexpr std::size_t kMostWaiting = 10'000;

void sendBound(Channel &replyTo, const SocketBinder::Kept &kept)
{
    std::vector<int> numbers;
    for (const Descriptor &socket : kept.sockets)
        numbers.push_back(socket.number());
    std::span<const int> left = numbers;
    while (!left.empty()) {
        const auto part = left.first(std::min(left.size(), kMaxDescriptors));
        // A core that has stopped waiting asks again, and is given the same.
        if (!replyTo.send(Bound{kept.local, static_cast<std::uint16_t>(numbers.size())}, part))
            return;
        left = left.subspan(part.size());
    }
}

} // namespace

CoreSession::CoreSession(EventLoop &loop, Log &log, platform::ServiceHost &host, const StateLock &lock, AppTable &apps,
                         std::function<void()> finished)
    : m_loop(loop), m_log(log), m_host(host), m_lock(lock), m_apps(apps), m_finished(std::move(finished))
{}

bool CoreSession::reload()
{
    if (!m_channel || !m_channel->send(Reload{}))
        return false;
    if (m_isReady)
        m_host.reloading();
    return true;
}

Result<std::vector<Descriptor>> CoreSession::prepare()
{
    auto ends = Channel::pair();
    if (!ends)
        return forward(std::move(ends));
    const int lock = m_lock.descriptor();
    if (auto greeted = ends->first.send(Hello{static_cast<std::uint32_t>(::getpid())}, std::span(&lock, 1)); !greeted)
        return forward(std::move(greeted));
    m_channel = std::move(ends->first);
    std::vector<Descriptor> inherited;
    inherited.push_back(std::move(ends->second).take());
    return inherited;
}

void CoreSession::started(ProcessId process)
{
    m_process = process;
    m_isReady = false;
    m_isStopping = false;
    m_wanted.clear();
    m_readable = m_loop.whenReadable(m_channel->descriptor(), [this] { read(); });
    m_apps.listen([this](const AppReport &report) { tell(report); });
    tell(AppsReported{});
}

bool CoreSession::askToStop(Milliseconds patience)
{
    return m_channel && m_channel->send(Drain{static_cast<std::uint32_t>(patience.count())});
}

AfterExit CoreSession::ended(const Exit &exit)
{
    // Its last words may still be on the line.
    if (m_channel)
        read();
    m_readable.cancel();
    m_hungUp.cancel();
    m_resend.cancel();
    m_waiting.clear();
    m_channel.reset();
    m_process = 0;
    if (m_isStopping && exit.signal == 0 && exit.code == static_cast<int>(ExitCode::done)) {
        m_finished();
        return AfterExit::stay;
    }
    m_host.status("mainstay-core " + exit.text());
    if (exit.signal == 0 &&
        (exit.code == static_cast<int>(ExitCode::usage) || exit.code == static_cast<int>(ExitCode::configuration)))
        return AfterExit::restartLate;
    return AfterExit::restart;
}

void CoreSession::read()
{
    while (m_channel) {
        auto received = m_channel->receive();
        if (!received) {
            if (received.error() == Channel::Absence::closed)
                hangUp({});
            else if (received.error() != Channel::Absence::nothing)
                hangUp("mainstay-core sent a message that mainstayd does not understand");
            return;
        }
        if (const auto *bind = std::get_if<Bind>(&received->message))
            handle(*bind, *received);
        else if (const auto *release = std::get_if<Release>(&received->message))
            handle(*release);
        else if (const auto *ready = std::get_if<Ready>(&received->message))
            handle(*ready);
        else if (const auto *status = std::get_if<Status>(&received->message))
            m_host.status(status->text);
        else if (std::holds_alternative<Stopping>(received->message))
            m_isStopping = true;
        else if (const auto *start = std::get_if<StartApp>(&received->message))
            m_apps.start(*start, std::move(received->descriptors));
        else if (const auto *stop = std::get_if<StopApp>(&received->message))
            m_apps.stop(stop->name);
        else if (const auto *answering = std::get_if<AppReady>(&received->message))
            m_apps.noteReady(answering->name);
        else if (const auto *outdated = std::get_if<AppOutdated>(&received->message))
            m_apps.noteOutdated(outdated->name);
        else if (const auto *line = std::get_if<AppLine>(&received->message))
            m_apps.log(line->name, line->text);
    }
}

void CoreSession::handle(const Bind &request, Channel::Received &received)
{
    if (received.descriptors.size() != 1)
        return;
    auto replyTo = Channel::adopt(std::move(received.descriptors.front()));
    if (!replyTo)
        return;
    auto kept = m_binder.bind(request.address, request.count);
    if (!kept) {
        (void)replyTo->send(Failed{kept.error()});
        return;
    }
    if (std::find(m_wanted.begin(), m_wanted.end(), request.address) == m_wanted.end())
        m_wanted.push_back(request.address);
    sendBound(*replyTo, **kept);
}

void CoreSession::handle(const Release &request)
{
    std::erase(m_wanted, request.address);
    m_binder.release(request.address);
}

void CoreSession::handle(const Ready &)
{
    const auto unwanted = [this](const ListenAddress &address) {
        return std::find(m_wanted.begin(), m_wanted.end(), address) == m_wanted.end();
    };
    for (const ListenAddress &released : m_binder.releaseIf(unwanted))
        m_log.say("closed " + released.text() + ", which is no longer wanted");
    if (!m_isReady)
        m_log.say("core (process " + std::to_string(m_process) + ") is ready");
    m_isReady = true;
    m_host.ready();
}

void CoreSession::tell(Message message)
{
    m_waiting.push_back(std::move(message));
    sendWaiting();
}

void CoreSession::sendWaiting()
{
    while (m_channel && !m_waiting.empty()) {
        if (!m_channel->send(m_waiting.front())) {
            // A core that is gone is found elsewhere; one that is busy reads on in a moment.
            if (m_waiting.size() > kMostWaiting)
                return hangUp("mainstay-core does not read what mainstayd tells it");
            m_resend = m_loop.after(kResend, [this] { sendWaiting(); });
            return;
        }
        m_waiting.pop_front();
    }
}

void CoreSession::hangUp(const std::string &reason)
{
    if (!reason.empty())
        m_log.say(reason);
    m_readable.cancel();
    m_channel.reset();
    m_hungUp = m_loop.after(kAfterHangUp, [this] {
        m_log.say("core (process " + std::to_string(m_process) + ") gave up its line to mainstayd and is killed");
        sendSignalToGroup(m_process, SIGKILL);
    });
}

} // namespace mainstay::guard
