// SPDX-License-Identifier: GPL-3.0-or-later
// The notification protocol of sd_notify(3): datagrams of NAME=VALUE lines to the socket in NOTIFY_SOCKET. Spoken
// directly, since the parent that may hold privileges should load as few libraries as it can.
#include "platform/service_host.h"

#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace mainstay::platform {

namespace {

std::string takeVariable(const char *name)
{
    const char *value = std::getenv(name);
    std::string taken = value ? value : "";
    ::unsetenv(name);
    return taken;
}

template <class Number>
std::optional<Number> parseNumber(const std::string &text)
{
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

class NoHost final : public ServiceHost {
public:
    void ready() override {}
    void reloading() override {}
    void stopping() override {}
    void status(std::string_view) override {}
    [[nodiscard]] std::optional<Milliseconds> watchdogPeriod() const override { return std::nullopt; }
    void alive() override {}
};

class Systemd final : public ServiceHost {
public:
    Systemd(int socket, const sockaddr_un &address, socklen_t size, std::optional<Milliseconds> watchdog)
        : m_socket(socket), m_address(address), m_size(size), m_watchdog(watchdog)
    {}
    Systemd(const Systemd &) = delete;
    Systemd &operator=(const Systemd &) = delete;
    ~Systemd() override { ::close(m_socket); }

    void ready() override { tell("READY=1"); }
    void reloading() override
    {
        timespec now{};
        ::clock_gettime(CLOCK_MONOTONIC, &now);
        const auto microseconds = std::int64_t(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
        tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(microseconds));
    }
    void stopping() override { tell("STOPPING=1"); }
    void status(std::string_view text) override { tell("STATUS=" + std::string(text.substr(0, text.find('\n')))); }
    [[nodiscard]] std::optional<Milliseconds> watchdogPeriod() const override { return m_watchdog; }
    void alive() override { tell("WATCHDOG=1"); }

private:
    void tell(std::string_view text) const
    {
        while (::sendto(m_socket, text.data(), text.size(), MSG_NOSIGNAL,
                        reinterpret_cast<const sockaddr *>(&m_address), m_size) < 0 &&
               errno == EINTR) {
        }
    }

    int m_socket;
    sockaddr_un m_address;
    socklen_t m_size;
    std::optional<Milliseconds> m_watchdog;
};

// WATCHDOG_PID names the process that is watched, when it is not whoever reads the variable.
std::optional<Milliseconds> takeWatchdogPeriod()
{
    const auto microseconds = parseNumber<std::uint64_t>(takeVariable("WATCHDOG_USEC"));
    const auto process = parseNumber<pid_t>(takeVariable("WATCHDOG_PID"));
    if (!microseconds || *microseconds < 2000 || (process && *process != ::getpid()))
        return std::nullopt;
    return Milliseconds(*microseconds / 1000);
}

} // namespace

std::unique_ptr<ServiceHost> connectServiceHost()
{
    const std::string path = takeVariable("NOTIFY_SOCKET");
    const auto watchdog = takeWatchdogPeriod();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    // "/run/…", or "@…" in the abstract namespace, where a zero byte stands for the "@".
    if (path.size() < 2 || path.size() >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
        return std::make_unique<NoHost>();
    std::memcpy(address.sun_path, path.data(), path.size());
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0)
        return std::make_unique<NoHost>();
    // A message lost to a busy service manager could be the one it waits for.
    const timeval patience{.tv_sec = 1, .tv_usec = 0};
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    return std::make_unique<Systemd>(socket, address, size, watchdog);
}

} // namespace mainstay::platform
