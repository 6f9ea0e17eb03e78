// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/name_lookup.h"

#include "engine/socket_address_linux.h"

#include <cstring>
#include <memory>
#include <netdb.h>

namespace mainstay::control {

std::optional<IpAddress> lookUp(const std::string &host)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo *found = nullptr;
    if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0)
        return std::nullopt;
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
    engine::SocketAddress address;
    std::memcpy(address.get(), list->ai_addr, std::min<std::size_t>(list->ai_addrlen, address.length()));
    return address.endpoint().address;
}

} // namespace mainstay::control
