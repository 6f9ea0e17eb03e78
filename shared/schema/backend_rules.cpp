// SPDX-License-Identifier: GPL-3.0-or-later
#include "schema/backend_rules.h"

#include "schema/node.h"

#include <algorithm>

namespace mainstay::schema {
namespace {

using namespace config;

bool isHost(const std::string &name)
{
    const auto host = HostPattern::parse(name);
    return host && !host->isWildcard() && !host->matchesAll();
}

} // namespace

void checkBackend(const BackendConfig &backend, const std::string &path, Findings &findings)
{
    const auto error = [&](const char *code, const char *setting, const std::string &message,
                           const std::string &remedy) {
        const std::string where = joinPath(path, setting);
        if (!findings.concern(where))
            findings.error(code, where, message, remedy);
    };
    if (isHttp2(backend.protocol) && backend.proxyProtocol != ProxyProtocol::off)
        error("backend.shared-connection", "proxy_protocol",
              "HTTP/2 carries the requests of many clients on one connection, of which the header could name but one",
              "leave it out, or set protocol = \"http\" (or \"https\")");
    if (backend.protocol == BackendProtocol::fastcgi) {
        const auto needHttp = [&](bool isSet, const char *setting) {
            if (isSet)
                error("backend.no-http", setting, "the servers are spoken to in FastCGI", "leave it out");
        };
        needHttp(backend.proxyProtocol != ProxyProtocol::off, "proxy_protocol");
        needHttp(!backend.healthPath.empty(), "health_path");
    }
    if (isOverTls(backend.protocol) && backend.tlsVerify && backend.tlsName.empty() &&
        std::ranges::any_of(backend.servers, [](const auto &server) { return !server.second.address.socket.empty(); }))
        error("backend.no-name", "tls_name", "a server on a socket has no name that its certificate could be for",
              "write the name that it is for");
    if (!isOverTls(backend.protocol)) {
        const auto needTls = [&](bool isSet, const char *setting) {
            if (isSet)
                error("backend.no-tls", setting, "the servers are spoken to without TLS",
                      "set protocol = \"https\" (or \"h2\"), or leave it out");
        };
        needTls(!backend.tlsCa.empty(), "tls_ca");
        needTls(!backend.tlsName.empty(), "tls_name");
        needTls(!backend.tlsCertificate.empty(), "tls_certificate");
        needTls(!backend.tlsVerify, "tls_verify");
        return;
    }
    if (!backend.tlsName.empty() && !isHost(backend.tlsName))
        error("backend.malformed-name", "tls_name", "`" + backend.tlsName + "` is neither a host name nor an address",
              "write it as \"api.internal\"");
    if (backend.tlsVerify)
        return;
    if (!backend.tlsCa.empty())
        error("backend.unverified-authorities", "tls_ca", "with tls_verify = false nothing is verified by it",
              "leave tls_verify out, so that it is");
    findings.warning("backend.unverified", joinPath(path, "tls_verify"),
                     "the servers are not verified: whoever gets between reads and changes everything",
                     "leave it out, and name the authority that signs their certificates by `tls_ca`");
}

} // namespace mainstay::schema
