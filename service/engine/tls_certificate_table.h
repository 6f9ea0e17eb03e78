// SPDX-License-Identifier: GPL-3.0-or-later
// Which certificate answers which server name: the name itself, then a wildcard one level up, then the default.
#pragma once

#include "engine/tls_certificate.h"
#include "engine/tls_client_trust.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace mainstay::engine {

// The key of a certificate's name in any map: "www.example.org" as it is, "*.example.org" as ".example.org".
[[nodiscard]] inline std::string_view certificateKey(std::string_view name) noexcept
{
    return name.starts_with("*.") ? name.substr(1) : name;
}

// Calls find(key) with the keys that answer for `serverName`, best first, and returns the first result that is not
// null, or null. A wildcard stands for one whole label (RFC 9525 section 6.3).
template <class Find>
[[nodiscard]] auto findByServerName(std::string_view serverName, const Find &find)
{
    auto found = find(serverName);
    if (found)
        return found;
    const std::size_t dot = serverName.find('.');
    return dot == std::string_view::npos ? found : find(serverName.substr(dot));
}

// Immutable once filled.
class TlsCertificateTable final : public CertificateSelector {
public:
    // For clients whose name no certificate has; without one they are refused.
    void setDefault(TlsCertificate::Pointer certificate) { m_default = std::move(certificate); }

    // Under each of its names, where it takes the place of one added before.
    void add(const TlsCertificate::Pointer &certificate)
    {
        for (const std::string &name : certificate->names())
            m_certificates.insert_or_assign(std::string(certificateKey(name)), certificate);
    }

    // By host pattern, each its own certificate. One that names its host goes before others that do; one that does not
    // is for hosts that no certificate names: clients are shown what they can complain of instead of an alert. After
    // the last add().
    void addForHosts(const std::map<std::string, TlsCertificate::Pointer> &certificates)
    {
        std::map<std::string, TlsCertificate::Pointer, std::less<>> own;
        for (const auto &[host, certificate] : certificates) {
            const auto isNamed = [this](std::string_view key) { return m_certificates.contains(key); };
            if (names(*certificate, host) || !findByServerName(certificateKey(host), isNamed))
                own.emplace(certificateKey(host), certificate);
        }
        own.merge(m_certificates);
        m_certificates = std::move(own);
    }

    // Clients that ask for a host of this pattern are asked for a certificate; null: they are not, whatever a wider
    // pattern says.
    void askClients(std::string_view host, TlsClientTrust::Pointer trust)
    {
        m_clients.insert_or_assign(std::string(certificateKey(host)), std::move(trust));
    }

    [[nodiscard]] TlsChoice select(std::string_view serverName) const override
    {
        const TlsCertificate *found = findByServerName(serverName, [this](std::string_view key) {
            const auto entry = m_certificates.find(key);
            return entry != m_certificates.end() ? entry->second.get() : nullptr;
        });
        return {found != nullptr ? found : m_default.get(), m_clients.empty() ? nullptr : clientsOf(serverName)};
    }

private:
    [[nodiscard]] static bool names(const TlsCertificate &certificate, std::string_view host)
    {
        return findByServerName(certificateKey(host), [&certificate](std::string_view key) {
            return std::ranges::any_of(certificate.names(),
                                       [key](std::string_view name) { return certificateKey(name) == key; });
        });
    }

    [[nodiscard]] const TlsClientTrust *clientsOf(std::string_view serverName) const
    {
        auto found = m_clients.find(serverName);
        // As hosts of sites are found: "*" stands for any number of labels.
        for (std::size_t dot = serverName.find('.'); found == m_clients.end() && dot != std::string_view::npos;
             dot = serverName.find('.', dot + 1))
            found = m_clients.find(serverName.substr(dot));
        if (found == m_clients.end())
            found = m_clients.find(kAnyHost);
        return found != m_clients.end() ? found->second.get() : nullptr;
    }

    static constexpr std::string_view kAnyHost = "*";

    std::map<std::string, TlsCertificate::Pointer, std::less<>> m_certificates;
    std::map<std::string, TlsClientTrust::Pointer, std::less<>> m_clients;
    TlsCertificate::Pointer m_default;
};

} // namespace mainstay::engine
