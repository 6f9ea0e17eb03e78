// SPDX-License-Identifier: GPL-3.0-or-later
#include "engine/tls_ticket_keys.h"

#include <algorithm>
#include <openssl/crypto.h>
#include <openssl/rand.h>

namespace mainstay::engine {

TlsTicketKeys::Key::~Key()
{
    OPENSSL_cleanse(cipher.data(), cipher.size());
    OPENSSL_cleanse(mac.data(), mac.size());
}

void TlsTicketKeys::dropOld(SteadyTime now)
{
    while (!m_keys.empty() && now - m_keys.back().made >= m_lifetime + m_lifetime / 2)
        m_keys.pop_back();
}

std::optional<TlsTicketKeys::Key> TlsTicketKeys::newest(SteadyTime now)
{
    const std::scoped_lock lock(m_mutex);
    dropOld(now);
    if (m_keys.empty() || now - m_keys.front().made >= m_lifetime / 2) {
        Key key;
        key.made = now;
        const auto fill = [](auto &bytes) { return RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1; };
        if (!fill(key.name) || !fill(key.cipher) || !fill(key.mac))
            return std::nullopt;
        if (!m_keys.empty())
            m_keys.front().isNewest = false;
        m_keys.push_front(key);
    }
    return m_keys.front();
}

std::optional<TlsTicketKeys::Key> TlsTicketKeys::find(std::span<const unsigned char> name, SteadyTime now)
{
    const std::scoped_lock lock(m_mutex);
    dropOld(now);
    const auto found =
        std::ranges::find_if(m_keys, [name](const Key &key) { return std::ranges::equal(key.name, name); });
    return found == m_keys.end() ? std::nullopt : std::optional(*found);
}

} // namespace mainstay::engine
