// SPDX-License-Identifier: GPL-3.0-or-later
// The PROXY protocol, versions 1 and 2: what a proxy says of its client before all else on a connection. Sections are
// those of HAProxy's proxy-protocol.txt.
#pragma once

#include "base/endpoint.h"
#include "wire/http1_head.h"

#include <array>
#include <cstddef>
#include <string_view>

namespace mainstay::wire {

enum class ProxyVersion : std::uint8_t { v1, v2 };

// Immutable once parsed.
struct ProxyHeader {
    // What a header may take in all, with extensions that nobody here knows.
    static constexpr std::size_t kMostBytes = 4096;

    bool namesClient = false; // or else the proxy speaks for itself, or for whom it cannot name
    Endpoint source;          // the client, and
    Endpoint destination;     // what it has connected to; both only if it is named
    std::size_t length = 0;   // of the header; what follows is the connection's
};

// From the first bytes of a connection: whatever can be no header is malformed at once. A checksum (section 2.2.3) must
// be right where there is one; other extensions are skipped. Any thread.
[[nodiscard]] ParseStatus parseProxyHeader(std::string_view bytes, ProxyHeader &header) noexcept;

// Immutable. A header to be sent.
class ProxyHeaderText {
public:
    // For a client. Where only one of the two is IPv4, it is written in IPv6.
    ProxyHeaderText(ProxyVersion version, const Endpoint &source, const Endpoint &destination) noexcept;
    // For who speaks for himself: LOCAL, which version 1 calls UNKNOWN.
    explicit ProxyHeaderText(ProxyVersion version) noexcept;

    [[nodiscard]] std::string_view view() const noexcept { return {m_bytes.data(), m_size}; }

private:
    void append(std::string_view text) noexcept;
    void appendNumber(unsigned number) noexcept;
    void writeText(const Endpoint &source, const Endpoint &destination) noexcept;
    void writeBinary(const Endpoint &source, const Endpoint &destination) noexcept;

    std::array<char, 107> m_bytes{}; // the longest of version 1 (section 2.1)
    std::size_t m_size = 0;
};

} // namespace mainstay::wire
