// SPDX-License-Identifier: GPL-3.0-or-later
#include "handover/guard_link.h"

#include <string>

namespace mainstay::handover {

namespace {

tl::unexpected<Error> silent(const std::string &what)
{
    return fail("guard.silent", "mainstayd did not answer: " + what, "see its own log lines");
}

} // namespace

Result<GuardLink> GuardLink::adopt(int number)
{
    const std::string option = "--guard-fd " + std::to_string(number);
    auto channel = Channel::adopt(number);
    if (!channel)
        return fail("guard.not-a-link", option + " is not a socket of mainstayd",
                    "start mainstayd, which sets this option; without it mainstay-core runs alone");
    if (!channel->wait(SteadyClock::now() + kPatience))
        return silent("no greeting on " + option);
    auto greeting = channel->receive();
    if (!greeting && greeting.error() == Channel::Absence::otherVersion)
        return fail("guard.other-version", "mainstayd and mainstay-core are of different releases",
                    "install both from the same package and restart mainstayd");
    if (!greeting || !std::holds_alternative<Hello>(greeting->message) || greeting->descriptors.size() != 1)
        return silent("no greeting on " + option);
    return GuardLink(*std::move(channel), std::move(greeting->descriptors.front()));
}

std::optional<Order> GuardLink::poll()
{
    for (;;) {
        auto received = m_channel.receive();
        if (!received) {
            if (received.error() == Channel::Absence::nothing)
                return std::nullopt;
            return GuardGone{};
        }
        if (const auto *drain = std::get_if<Drain>(&received->message))
            return *drain;
        if (const auto *reload = std::get_if<Reload>(&received->message))
            return *reload;
        if (const auto *report = std::get_if<AppReport>(&received->message))
            return *report;
        if (std::holds_alternative<AppsReported>(received->message))
            return AppsReported{};
    }
}

Result<BoundSockets> GuardLink::bind(const ListenAddress &address, std::uint16_t count)
{
    const SteadyTime deadline = SteadyClock::now() + kPatience;
    auto ends = Channel::pair();
    if (!ends)
        return forward(std::move(ends));
    Channel answers = std::move(ends->first);
    const int replyTo = ends->second.descriptor();
    if (!m_channel.send(Bind{address, count}, std::span(&replyTo, 1), kPatience))
        return silent("asked to bind " + address.text());
    ends->second.close();

    BoundSockets bound;
    std::size_t total = 1;
    while (bound.sockets.size() < total) {
        if (!answers.wait(deadline)) {
            tell(Release{address});
            return silent("asked to bind " + address.text());
        }
        auto answer = answers.receive();
        if (!answer) {
            if (answer.error() == Channel::Absence::nothing)
                continue;
            return silent("asked to bind " + address.text());
        }
        if (const auto *failed = std::get_if<Failed>(&answer->message))
            return tl::unexpected(failed->error);
        const auto *part = std::get_if<Bound>(&answer->message);
        if (answer->descriptorsLost) {
            tell(Release{address});
            return fail("descriptor.exhausted", address.text() + ": mainstay-core has no descriptor left for a socket",
                        "raise the limit of open files (LimitNOFILE= in the unit, ulimit -n in a shell)");
        }
        if (!part || answer->descriptors.empty())
            return silent("asked to bind " + address.text());
        total = part->total;
        bound.local = part->local;
        for (Descriptor &socket : answer->descriptors)
            bound.sockets.push_back(std::move(socket));
    }
    return bound;
}

Result<> GuardLink::startApp(const std::string &name, const std::string &label, const AppSpec &spec,
                             const Descriptor *inherited)
{
    const auto memory = store(spec);
    if (!memory)
        return tl::unexpected(memory.error());
    std::vector<int> descriptors{memory->number()};
    if (inherited)
        descriptors.push_back(inherited->number());
    if (!m_channel.send(StartApp{name, label}, descriptors, kPatience))
        return silent("asked to start " + name);
    return {};
}

void GuardLink::release(const ListenAddress &address)
{
    tell(Release{address});
}

void GuardLink::tell(const Message &message)
{
    (void)m_channel.send(message, {}, kPatience);
}

} // namespace mainstay::handover
