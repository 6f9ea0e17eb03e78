// SPDX-License-Identifier: GPL-3.0-or-later
// HTTP/2 through to the router. The first byte picks one of two:
// 'f': the second says how the rest, frames, is cut into pieces on its way to a worker with a listener and some routes
//      that answer by themselves. What comes back must be frames, and at the end nothing may be left behind.
// 't': the second says how large a head may be; the rest are fields, "name=value;", for the request that is made of
// them.
#include "engine/socket_address_linux.h"
#include "http/http2_request_text.h"
#include "http/http2_session.h"
#include "http/server.h"
#include "snapshot/site.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <vector>

using namespace mainstay;

namespace {

void check(bool holds)
{
    if (!holds)
        std::abort();
}

engine::NativeSocket listening(Endpoint &endpoint)
{
    const engine::SocketAddress address(Endpoint::parse("127.0.0.1:0").value());
    engine::NativeSocket socket(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    check(::bind(socket.handle(), address.get(), address.length()) == 0 && ::listen(socket.handle(), 64) == 0);
    engine::SocketAddress bound;
    ::getsockname(socket.handle(), bound.get(), bound.lengthField());
    endpoint = bound.endpoint();
    return socket;
}

// What a worker has. Stays from one input to the next.
struct Service {
    engine::Loop loop;
    snapshot::Reader::Release release = [](const std::shared_ptr<const void> &) {};
    snapshot::Reader reader{0, release};
    std::shared_ptr<shared_state::ListenerCell> cell = std::make_shared<shared_state::ListenerCell>("web", 1);
    http::Server server{loop, reader, release};
    Endpoint endpoint;

    Service()
    {
        ::signal(SIGPIPE, SIG_IGN);
        auto listener = std::make_shared<snapshot::HttpListener>();
        listener->name = "web";
        listener->config.maxHead = config::kibibytes(4);
        listener->cell = cell;
        config::SiteConfig site;
        site.hosts = {config::HostPattern{"*"}};
        listener->hosts = snapshot::HostMap().with(
            "*", std::make_shared<snapshot::Site>("all", site, routes(),
                                                  std::make_shared<shared_state::SiteCell>("all", 1), 1));
        auto published = std::make_shared<snapshot::Snapshot>();
        published->httpListeners.emplace("web", listener);
        auto publication = std::make_shared<snapshot::Publication>();
        publication->snapshot = std::move(published);
        reader.adopt(std::move(publication));
        server.adopt();
        server.listen("web", "address", listening(endpoint));
    }

    static std::vector<snapshot::Route> routes()
    {
        std::vector<snapshot::Route> all(4);
        all[0].config.path = {"/"};
        all[0].config.respond = "{host} {path} {query} {uri}";
        all[1].config.path = {"/moved/"};
        all[1].config.redirect = "https://{host}/new{uri}";
        all[2].config.path = {"/post"};
        all[2].config.methods = {"POST", "PUT"};
        all[2].config.respond = std::string(100'000, 'x'); // more than a client's window
        all[2].config.maxBody = config::ByteSize(100);
        all[3].config.path = {"/user/"};
        all[3].config.pattern = "^/user/([0-9]+)$";
        all[3].pattern = snapshot::compilePattern(all[3].config.pattern);
        all[3].config.rewrite = "/profile?id={1}";
        all[3].config.status = 410;
        return all;
    }
};

// What the service says is frames, whole but for the last. Longer ones than a client allows there are none, nor types
// that it does not know.
void checkFrames(std::string_view said)
{
    constexpr std::size_t kHeader = 9;
    constexpr std::size_t kLargest = 16'384;
    const auto byte = [&said](std::size_t at) { return static_cast<unsigned char>(said[at]); };
    while (said.size() >= kHeader) {
        const std::size_t size = static_cast<std::size_t>(byte(0)) << 16 | byte(1) << 8 | byte(2);
        check(size <= kLargest && byte(3) <= 9);
        said.remove_prefix(std::min(said.size(), kHeader + size));
    }
}

void speak(std::string_view input, std::size_t step)
{
    static Service &service = *new Service; // not ended: what it is made of would go before it
    const engine::SocketAddress address(service.endpoint);
    engine::NativeSocket client(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    (void)::connect(client.handle(), address.get(), address.length());
    std::string said;
    const auto turn = [&] {
        service.loop.turn(Milliseconds{0});
        std::array<char, 65536> some;
        const ssize_t count = ::recv(client.handle(), some.data(), some.size(), MSG_DONTWAIT);
        said.append(some.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    };
    const auto send = [&](std::string_view bytes) {
        (void)::send(client.handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        turn();
    };
    turn();
    send(http::Http2Session::kPreface);
    for (std::size_t at = 0; at < input.size(); at += step)
        send(input.substr(at, step));
    for (int i = 0; i < 8; ++i)
        turn();
    ::shutdown(client.handle(), SHUT_WR);
    for (int i = 0; i < 4; ++i)
        turn();
    client.close();
    // Whatever it was, it ends with the connection.
    constexpr int kMostTurns = 10'000;
    int turns = 0;
    while (service.cell->open.load() > 0 && ++turns < kMostTurns)
        service.loop.turn(Milliseconds{1});
    check(service.cell->open.load() == 0 && service.loop.buffers().leased() == 0);
    checkFrames(said);
}

// As the library that reads the frames gives them: names in lower case, nothing that ends a line.
std::size_t addFields(http::Http2RequestText &text, std::string_view input)
{
    std::size_t size = 0;
    while (!input.empty()) {
        const std::string_view field = input.substr(0, input.find(';'));
        input.remove_prefix(std::min(input.size(), field.size() + 1));
        std::string name(field.substr(0, field.find('=')));
        std::string value(field.substr(std::min(field.size(), name.size() + 1)));
        const bool isPseudo = name.starts_with(':');
        for (char &c : name)
            c = (c >= 'a' && c <= 'z') || c == '-' || (isPseudo && c == ':') ? c : 'x';
        for (char &c : value)
            c = c >= ' ' && c <= '~' ? c : '.';
        if (name.empty())
            continue;
        size += name.size() + value.size() + 4;
        text.add(name, value);
    }
    return size;
}

void makeText(std::string_view input, std::size_t limit)
{
    for (const bool isChunked : {false, true}) {
        http::Http2RequestText text(limit);
        const std::size_t size = addFields(text, input);
        const std::string made = text.finish(isChunked && !text.hasLength());
        wire::RequestHead head;
        const wire::ParseStatus status = head.parse(made, size > limit ? limit : made.size());
        check(status != wire::ParseStatus::needMore); // nobody would send more
        check(status != wire::ParseStatus::complete || (size <= limit && head.length() == made.size()));
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    constexpr std::size_t kLargest = 16 * 1024;
    if (size < 2 || size > kLargest)
        return 0;
    const std::string_view input(reinterpret_cast<const char *>(data) + 2, size - 2);
    switch (data[0]) {
    case 'f':
        speak(input, data[1] * std::size_t{4} + 1);
        break;
    case 't':
        makeText(input, data[1] * std::size_t{4} + 64);
        break;
    default:
        break;
    }
    return 0;
}
