// SPDX-License-Identifier: GPL-3.0-or-later
// One worker's share of a listener.
#pragma once

#include "engine/acceptor.h"
#include "snapshot/http_listener.h"
#include "snapshot/reader.h"

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mainstay::http {

// Worker thread. Stays while a connection made through it does, whatever is published meanwhile.
class Listener {
public:
    // `release` outlives this. What is no longer served from goes there: with it may go a thousand sites.
    Listener(std::shared_ptr<const snapshot::HttpListener> current, const snapshot::Reader::Release &release)
        : m_release(release), m_current(std::move(current))
    {}
    Listener(const Listener &) = delete;
    Listener &operator=(const Listener &) = delete;
    ~Listener() { m_release(std::move(m_current)); }

    void adopt(std::shared_ptr<const snapshot::HttpListener> next)
    {
        m_release(std::exchange(m_current, std::move(next)));
    }
    void addAcceptor(std::string address, std::unique_ptr<engine::Acceptor> acceptor)
    {
        m_acceptors.emplace_back(std::move(address), std::move(acceptor));
    }
    // Accepts what has queued on one address, and stops listening there.
    void drainAcceptor(const std::string &address)
    {
        std::erase_if(m_acceptors, [&address](const Place &place) {
            if (place.first != address)
                return false;
            place.second->drain();
            return true;
        });
    }
    void drainAcceptors()
    {
        for (const Place &place : m_acceptors)
            place.second->drain();
        m_acceptors.clear();
    }

    // Valid during this turn.
    [[nodiscard]] const snapshot::HttpListener &current() const noexcept { return *m_current; }
    [[nodiscard]] const config::ListenerConfig &config() const noexcept { return m_current->config; }

private:
    using Place = std::pair<std::string, std::unique_ptr<engine::Acceptor>>;

    const snapshot::Reader::Release &m_release;
    std::shared_ptr<const snapshot::HttpListener> m_current;
    std::vector<Place> m_acceptors;
};

} // namespace mainstay::http
