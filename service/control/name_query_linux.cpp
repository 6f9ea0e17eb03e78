// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/name_query.h"

#include "base/clock.h"
#include "engine/native_socket.h"
#include "engine/socket_address_linux.h"
#include "wire/dns_lookup.h"
#include "wire/dns_message.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <poll.h>
#include <random>
#include <sys/socket.h>

namespace mainstay::control {

namespace {

using wire::LookupStatus;
using wire::RecordType;

constexpr Milliseconds kPatience{1000}; // for one answer
constexpr int kTries = 2;

bool waitFor(int socket, SteadyTime deadline)
{
    for (;;) {
        const auto left = std::chrono::ceil<Milliseconds>(deadline - SteadyClock::now());
        pollfd waiting{socket, POLLIN, 0};
        const int ready = ::poll(&waiting, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
        if (ready >= 0 || errno != EINTR)
            return ready > 0;
    }
}

struct Question {
    const wire::Name &name;
    const std::optional<IpAddress> &inUse;
    RecordType type;
};

// One question to one server.
LookupStatus ask(const Endpoint &resolver, const Question &question, IpAddress &address)
{
    const engine::SocketAddress to(resolver);
    // A port of its own for each question, and an id that nobody can guess.
    engine::NativeSocket socket(::socket(to.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto id = static_cast<std::uint16_t>(std::random_device()());
    std::array<std::uint8_t, wire::kMaxPlainUdpSize> message;
    const std::size_t size = wire::writeLookup(message, id, question.name, question.type);
    if (!socket.isOpen() || ::connect(socket.handle(), to.get(), to.length()) != 0 ||
        ::send(socket.handle(), message.data(), size, MSG_NOSIGNAL) < 0)
        return LookupStatus::failed;
    const SteadyTime deadline = SteadyClock::now() + kPatience;
    while (waitFor(socket.handle(), deadline)) {
        const ssize_t count = ::recv(socket.handle(), message.data(), message.size(), MSG_DONTWAIT);
        if (count < 0)
            return LookupStatus::failed; // nobody listens there
        const std::span<const std::uint8_t> answer(message.data(), static_cast<std::size_t>(count));
        const LookupStatus status = wire::readLookup(answer, id, question.name, question.type, question.inUse, address);
        if (status != LookupStatus::foreign)
            return status;
    }
    return LookupStatus::failed;
}

LookupStatus askAll(std::span<const Endpoint> resolvers, const Question &question, IpAddress &address)
{
    for (int i = 0; i < kTries; ++i) {
        for (const Endpoint &resolver : resolvers) {
            const LookupStatus status = ask(resolver, question, address);
            if (status != LookupStatus::failed)
                return status;
        }
    }
    return LookupStatus::failed;
}

} // namespace

std::optional<IpAddress> queryAddress(const std::string &host, std::span<const Endpoint> resolvers,
                                      const std::optional<IpAddress> &inUse)
{
    const auto name = wire::Name::parse(host);
    if (!name)
        return std::nullopt;
    IpAddress address;
    for (const RecordType type : {RecordType::a, RecordType::aaaa}) {
        const LookupStatus status = askAll(resolvers, {*name, inUse, type}, address);
        if (status == LookupStatus::found)
            return address;
        if (status == LookupStatus::failed)
            break; // the other question would be for nothing
    }
    return std::nullopt;
}

} // namespace mainstay::control
