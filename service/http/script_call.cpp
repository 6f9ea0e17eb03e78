// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/script_call.h"

#include "http/connection.h"
#include "http/script_params.h"
#include "http/server.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace mainstay::http {

namespace {

// Of output that no client is to have, as behind the head that answers HEAD: read up to this, so that the script ends
// as it would and its connection can be used again.
constexpr std::size_t kMostDropped = std::size_t{256} * 1024;

} // namespace

ScriptCall::ScriptCall(Exchange &exchange, ScriptPath script)
    : m_exchange(exchange), m_script(std::move(script)),
      m_errors(exchange.connection->server().scriptErrors(), *exchange.route->backend),
      m_output(exchange.connection->server().buffers()), m_head(exchange.connection->server().buffers())
{}

void ScriptCall::begin(const snapshot::Server &server)
{
    m_server = &server;
    m_decoder = {};
    m_cgiHead = {};
    m_output.clear();
    m_head.clear();
    m_ended = false;
}

std::size_t ScriptCall::writeRequest(std::span<char> out) const
{
    const std::size_t size = writeScriptRequest(m_exchange, m_script, out);
    const std::size_t body = m_exchange.body.isWhole() ? m_exchange.body.whole().size() : 0;
    if (size == 0 || body == 0)
        return size;
    const auto header = wire::fastcgi::bodyHeader(body);
    if (out.size() - size < header.size() || body > wire::fastcgi::kMaxContent)
        return 0;
    std::copy(header.begin(), header.end(), out.begin() + static_cast<std::ptrdiff_t>(size));
    return size + header.size();
}

std::optional<std::string_view> ScriptCall::decode(std::string_view bytes, std::size_t &consumed)
{
    const wire::FastcgiDecoder::Step step = m_decoder.feed(bytes);
    consumed = step.consumed;
    if (step.status == wire::ParseStatus::malformed)
        return std::nullopt;
    if (step.stream == wire::FastcgiDecoder::Stream::errors)
        m_errors.add(*m_server, step.data);
    m_ended = step.status == wire::ParseStatus::complete;
    if (m_ended)
        m_errors.endLine(*m_server);
    return step.stream == wire::FastcgiDecoder::Stream::output ? step.data : std::string_view{};
}

wire::ParseStatus ScriptCall::readHead(engine::Buffer &in)
{
    while (!in.isEmpty()) {
        const std::size_t room = m_output.room().size();
        std::size_t consumed = 0;
        const auto output = decode(in.view().substr(0, room), consumed);
        if (!output) {
            m_output.trim();
            return wire::ParseStatus::malformed;
        }
        m_output.append(*output);
        in.consume(consumed);
        if (!output->empty()) {
            const wire::ParseStatus found = m_cgiHead.find(m_output.view());
            if (found == wire::ParseStatus::complete)
                return parseHead();
            if (found != wire::ParseStatus::needMore)
                return found;
        }
        if (m_ended) {
            m_output.trim();
            return wire::ParseStatus::malformed;
        }
    }
    m_output.trim();
    return wire::ParseStatus::needMore;
}

wire::ParseStatus ScriptCall::parseHead()
{
    const std::size_t size = wire::writeHttpHead(m_output.view().substr(0, m_cgiHead.length()), m_head.room());
    m_head.append(size);
    m_output.consume(m_cgiHead.length());
    if (size == 0) {
        m_head.trim();
        return wire::ParseStatus::malformed;
    }
    wire::ResponseHead &head = m_exchange.upstreamHead;
    const auto parsed = head.parse(m_head.view(), m_exchange.head.method(), wire::Http1Head::kMaxBytes);
    if (parsed != wire::ParseStatus::complete || head.status() < 200)
        return wire::ParseStatus::malformed;
    return wire::ParseStatus::complete;
}

engine::Task<Delivered> ScriptCall::deliver(UpstreamConnection &upstream, Milliseconds timeout)
{
    ResponseRelay relay(m_exchange, upstream, timeout);
    if (!relay.begin())
        co_return Delivered::nothing;
    const wire::BodyFraming framing = m_exchange.upstreamHead.body();
    const bool isEndless = framing.kind == wire::BodyFraming::Kind::untilClose;
    m_left = isEndless ? std::numeric_limits<std::uint64_t>::max() : framing.length;
    m_dropped = 0;
    m_head.clear();
    const bool begun = co_await pass(relay, m_output.view());
    m_output.clear();
    if (!begun)
        co_return Delivered::clientGone;
    engine::Buffer &in = upstream.in;
    for (;;) {
        while (!in.isEmpty() && !m_ended) {
            std::size_t consumed = 0;
            const auto output = decode(in.view(), consumed);
            if (!output)
                co_return relay.cut();
            const bool passed = co_await pass(relay, *output);
            if (!passed)
                co_return Delivered::clientGone;
            in.consume(consumed);
        }
        if (m_ended && m_left > 0 && !isEndless)
            co_return relay.cut();
        bool sent = false; // a choice of two tasks within co_await is more than GCC 12 can do
        const bool isOver = m_ended || m_dropped > kMostDropped;
        if (isOver)
            sent = co_await relay.finish();
        else
            sent = co_await relay.flush();
        if (!sent)
            co_return Delivered::clientGone;
        if (isOver)
            co_return Delivered::whole;
        const engine::IoStatus received = co_await relay.receive();
        if (received == engine::IoStatus::ok)
            continue;
        if (received == engine::IoStatus::cancelled)
            co_return Delivered::clientGone;
        if (m_left > 0)
            co_return relay.cut();
        const bool finished = co_await relay.finish(); // what the client was to have, it has
        co_return finished ? Delivered::whole : Delivered::clientGone;
    }
}

engine::Task<bool> ScriptCall::pass(ResponseRelay &relay, std::string_view output)
{
    const std::string_view wanted = output.substr(0, std::min<std::uint64_t>(m_left, output.size()));
    m_dropped += output.size() - wanted.size();
    if (wanted.empty())
        co_return true;
    if (m_exchange.upstreamHead.body().kind == wire::BodyFraming::Kind::length)
        m_left -= wanted.size();
    co_return co_await relay.add(wanted);
}

} // namespace mainstay::http
