// SPDX-License-Identifier: GPL-3.0-or-later
// Connections of proxies that have yet to say, in the PROXY protocol, whom they are for.
#pragma once

#include "engine/preface.h"
#include "http/client_ends.h"
#include "http/listener.h"
#include "wire/proxy_header.h"

#include <functional>
#include <list>
#include <memory>

namespace mainstay::http {

// Worker thread. Empty before it goes: see settle().
class ProxyGreetings {
public:
    // The socket is not open when the header was not what it must be, or did not come in time.
    using OnGreeted =
        std::function<void(const std::shared_ptr<Listener> &, engine::NativeSocket, const ClientEnds &ends)>;

    ProxyGreetings(engine::Loop &loop, OnGreeted onGreeted) : m_loop(loop), m_onGreeted(std::move(onGreeted)) {}
    ProxyGreetings(const ProxyGreetings &) = delete;
    ProxyGreetings &operator=(const ProxyGreetings &) = delete;

    // Waits for the header for as long as for the head of a request.
    void await(std::shared_ptr<Listener> listener, engine::NativeSocket socket, const Endpoint &peer);
    // Ends all that wait through a listener, or through any (null): whose header has come is greeted.
    void settle(const Listener *listener);

private:
    struct Waiting {
        std::shared_ptr<Listener> listener;
        ClientEnds ends;
        std::unique_ptr<engine::Preface> preface;
    };
    using Place = std::list<Waiting>::iterator;

    static engine::Preface::Judgement judge(Waiting &waiting, std::string_view bytes);
    void finish(Place place, engine::NativeSocket socket);

    engine::Loop &m_loop;
    OnGreeted m_onGreeted;
    std::list<Waiting> m_waiting;
};

} // namespace mainstay::http
