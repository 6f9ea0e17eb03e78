// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/proxy_greetings.h"

namespace mainstay::http {

static_assert(wire::ProxyHeader::kMostBytes <= engine::Preface::kMostBytes);

void ProxyGreetings::await(std::shared_ptr<Listener> listener, engine::NativeSocket socket, const Endpoint &peer)
{
    const Milliseconds patience = listener->config().headTimeout;
    const Place place = m_waiting.insert(m_waiting.end(), {std::move(listener), {peer, std::nullopt}, nullptr});
    place->preface = std::make_unique<engine::Preface>(
        m_loop, std::move(socket), patience, [place](std::string_view bytes) { return judge(*place, bytes); },
        [this, place](engine::NativeSocket greeted) { finish(place, std::move(greeted)); });
}

engine::Preface::Judgement ProxyGreetings::judge(Waiting &waiting, std::string_view bytes)
{
    wire::ProxyHeader header;
    switch (wire::parseProxyHeader(bytes, header)) {
    case wire::ParseStatus::complete:
        break;
    case wire::ParseStatus::needMore:
        return {engine::Preface::Verdict::more};
    case wire::ParseStatus::malformed:
    case wire::ParseStatus::tooLarge:
        return {engine::Preface::Verdict::refused};
    }
    if (header.namesClient)
        waiting.ends = {header.source, header.destination};
    return {engine::Preface::Verdict::whole, header.length};
}

void ProxyGreetings::finish(Place place, engine::NativeSocket socket)
{
    const std::shared_ptr<Listener> listener = std::move(place->listener);
    const ClientEnds ends = place->ends;
    m_waiting.erase(place);
    m_onGreeted(listener, std::move(socket), ends);
}

void ProxyGreetings::settle(const Listener *listener)
{
    for (Place place = m_waiting.begin(); place != m_waiting.end();) {
        Waiting &waiting = *place++; // which leaves the list
        if (!listener || waiting.listener.get() == listener)
            waiting.preface->settle();
    }
}

} // namespace mainstay::http
