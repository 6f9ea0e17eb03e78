// SPDX-License-Identifier: GPL-3.0-or-later
#include "logs/datagram_sink.h"

#include "logs/access_line.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

namespace mainstay::logs {
namespace {

constexpr std::size_t kAtATime = 32;
constexpr int kPatience = 100; // milliseconds
constexpr std::size_t kLeastLine = 1024;

// RFC 5424 section 6: printable ASCII without spaces, of limited length; "-" for nothing.
std::string headerField(std::string text, std::size_t longest)
{
    std::erase_if(text, [](char c) { return c <= ' ' || c >= 0x7f; });
    text.resize(std::min(text.size(), longest));
    return text.empty() ? "-" : text;
}

std::string hostName()
{
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : std::string();
}

std::string timestamp()
{
    const auto millis = std::chrono::duration_cast<Milliseconds>(WallClock::now().time_since_epoch()).count();
    const std::string rest = std::to_string(1000 + millis % 1000).substr(1);
    return std::string(AccessDate().isoAt(millis / 1000)) + "." + rest + "Z";
}

int openSocket(const PeerAddress &peer)
{
    sockaddr_storage storage{};
    socklen_t size = 0;
    if (const UnixAddress *local = peer.unixAddress()) {
        auto &address = reinterpret_cast<sockaddr_un &>(storage);
        address.sun_family = AF_UNIX;
        if (local->path.size() >= sizeof address.sun_path) {
            errno = ENAMETOOLONG;
            return -1;
        }
        std::memcpy(address.sun_path, local->path.data(), local->path.size());
        size = sizeof address;
    } else if (peer.endpoint()->address.family == IpAddress::Family::v4) {
        auto &address = reinterpret_cast<sockaddr_in &>(storage);
        address.sin_family = AF_INET;
        address.sin_port = htons(peer.endpoint()->port);
        std::memcpy(&address.sin_addr, peer.endpoint()->address.bytes.data(), 4);
        size = sizeof address;
    } else {
        auto &address = reinterpret_cast<sockaddr_in6 &>(storage);
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(peer.endpoint()->port);
        std::memcpy(&address.sin6_addr, peer.endpoint()->address.bytes.data(), 16);
        size = sizeof address;
    }
    const int handle = ::socket(storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (handle < 0)
        return -1;
    if (::connect(handle, reinterpret_cast<const sockaddr *>(&storage), size) != 0) {
        const int error = errno;
        ::close(handle);
        errno = error;
        return -1;
    }
    return handle;
}

bool isBusy(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS;
}

iovec pieceOf(std::string_view text)
{
    return {const_cast<char *>(text.data()), text.size()};
}

} // namespace

DatagramForm syslogForm(unsigned facility, const std::string &name)
{
    constexpr unsigned kInformational = 6;
    constexpr std::size_t kLine = 8192;
    const std::string before = "<" + std::to_string(facility * 8 + kInformational) + ">1 ";
    const std::string behind = " " + headerField(hostName(), 255) + " mainstay " + std::to_string(::getpid()) + " " +
                               headerField(name, 32) + " - ";
    return {[before, behind] { return before + timestamp() + behind; }, "", kLine};
}

DatagramForm journalForm(const std::string &name)
{
    constexpr std::size_t kLine = std::size_t{48} * 1024; // more would have to be passed in a file
    return {[] { return std::string("MESSAGE="); },
            "\nPRIORITY=6\nSYSLOG_IDENTIFIER=mainstay\nMAINSTAY_LOG=" + name + "\n", kLine};
}

// Lines that are sent with one system call.
struct DatagramSink::Batch {
    Batch(std::string_view lines, const DatagramForm &form, std::size_t maxLine) : prefix(form.prefix())
    {
        while (count < kAtATime && !lines.empty()) {
            const std::size_t size = std::min(lines.find('\n'), lines.size() - 1) + 1; // all of them have an end
            const std::string_view line = lines.substr(0, std::min(size - 1, maxLine));
            pieces[count] = {pieceOf(prefix), pieceOf(line), pieceOf(form.suffix)};
            messages[count].msg_hdr.msg_iov = pieces[count].data();
            messages[count].msg_hdr.msg_iovlen = pieces[count].size();
            sizes[count++] = size;
            lines.remove_prefix(size);
        }
    }

    std::string prefix;
    std::array<std::array<iovec, 3>, kAtATime> pieces{};
    std::array<mmsghdr, kAtATime> messages{};
    std::array<std::size_t, kAtATime> sizes{};
    unsigned count = 0;
};

DatagramSink::DatagramSink(std::string what, std::optional<PeerAddress> peer, DatagramForm form)
    : m_what(std::move(what)), m_peer(std::move(peer)), m_form(std::move(form)), m_maxLine(m_form.maxLine)
{}

DatagramSink::~DatagramSink()
{
    close();
}

void DatagramSink::close() noexcept
{
    if (m_handle >= 0)
        ::close(std::exchange(m_handle, -1));
}

Result<> DatagramSink::failed(const char *code, int error) const
{
    return fail(code, "cannot send the log to " + m_what + ": " + std::generic_category().message(error),
                "see that it runs and listens there; it is tried again until it works");
}

Result<> DatagramSink::open()
{
    if (!m_peer)
        return fail("log.open", "cannot send the log to " + m_what + ": its name does not resolve",
                    "it is looked up again regularly");
    const int handle = openSocket(*m_peer);
    if (handle < 0)
        return failed("log.open", errno);
    close();
    m_handle = handle;
    return {};
}

Result<> DatagramSink::prepare(std::size_t /*bytes*/)
{
    return m_handle < 0 ? open() : Result<>();
}

Result<std::size_t> DatagramSink::write(std::string_view lines)
{
    if (m_handle < 0) {
        if (auto opened = open(); !opened)
            return tl::unexpected(opened.error());
    }
    Batch batch(lines, m_form, m_maxLine);
    const std::size_t sent = send(batch);
    if (sent > 0) {
        std::size_t bytes = 0;
        for (std::size_t i = 0; i < sent; ++i)
            bytes += batch.sizes[i];
        return bytes;
    }
    const int error = errno;
    if (error == EMSGSIZE && m_maxLine > kLeastLine) {
        m_maxLine /= 2; // what the line is cut to the next time
        return std::size_t{0};
    }
    if (!isBusy(error))
        close(); // who listened there may have begun anew
    return tl::unexpected(failed("log.write", error).error());
}

std::size_t DatagramSink::send(Batch &batch)
{
    for (int attempt = 0;; ++attempt) {
        const int sent = ::sendmmsg(m_handle, batch.messages.data(), batch.count, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0)
            return static_cast<std::size_t>(sent);
        if (errno == EINTR)
            continue;
        if (attempt > 0)
            return 0;
        if (isBusy(errno)) {
            pollfd waiting{m_handle, POLLOUT, 0};
            ::poll(&waiting, 1, kPatience);
        } else if (errno != ECONNREFUSED || m_peer->unixAddress()) {
            return 0;
        } // over UDP it is what became of an earlier one
    }
}

} // namespace mainstay::logs
