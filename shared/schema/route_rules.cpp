// SPDX-License-Identifier: GPL-3.0-or-later
#include "schema/route_rules.h"

#include "schema/node.h"
#include "schema/protection_rules.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace mainstay::schema {
namespace {

using namespace config;

// Where a text with placeholders goes. What a client's certificate says is not spelt for URLs.
enum class Place : std::uint8_t { url, field, body };

constexpr std::array<std::string_view, 11> kPlaceholders{"scheme",
                                                         "host",
                                                         "path",
                                                         "query",
                                                         "uri",
                                                         "client",
                                                         "user",
                                                         "request_id",
                                                         "client_subject",
                                                         "client_serial",
                                                         "client_fingerprint"};
constexpr std::size_t kOfUrls = 8; // the first of them

// The first placeholder that does not stand for anything; empty when there is none.
std::string unknownPlaceholder(std::string_view text, Place place)
{
    const std::span known = std::span(kPlaceholders).first(place == Place::url ? kOfUrls : kPlaceholders.size());
    for (std::size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
        const std::size_t close = text.find('}', open);
        if (close == std::string_view::npos)
            return {};
        const std::string_view name = text.substr(open + 1, close - open - 1);
        const bool isGroup = name.size() == 1 && name[0] >= '1' && name[0] <= '9';
        const bool isWord = !name.empty() && std::ranges::all_of(name, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        });
        if (!isGroup && isWord && std::ranges::find(known, name) == known.end())
            return std::string(name);
    }
    return {};
}

// A text with placeholders.
void checkText(const std::string &where, const std::string &text, Place place, Findings &findings)
{
    if (findings.concern(where))
        return;
    if (const std::string unknown = unknownPlaceholder(text, place); !unknown.empty())
        findings.error("route.unknown-placeholder", where, "nothing is known as {" + unknown + "}",
                       std::string("use {scheme}, {host}, {path}, {query}, {uri}, {client}, {user}, {request_id}, ") +
                           (place == Place::url ? "" : "{client_subject}, {client_serial}, {client_fingerprint}, ") +
                           "or {1} for the first group of `pattern`");
    else if (std::ranges::any_of(text, [place](char c) {
                 return static_cast<unsigned char>(c) < ' ' && c != '\t' && (c != '\n' || place != Place::body);
             }))
        findings.error("route.malformed-text", where, "holds a control character", "leave it out");
}

void checkEdits(const std::string &list, const std::vector<FieldEdit> &edits, Findings &findings)
{
    for (std::size_t i = 0; i < edits.size(); ++i)
        checkText(itemPath(list, i), edits[i].value, Place::field, findings);
}

class RouteRules {
public:
    RouteRules(const RouteConfig &route, const Configuration &configuration, std::string path, Findings &findings)
        : m_route(route), m_configuration(configuration), m_path(std::move(path)), m_findings(findings)
    {}

    void check()
    {
        checkTarget();
        checkOwnAnswer();
        checkMethods();
        checkFiles();
        checkCache();
        if (!m_route.rewrite.empty() && m_route.stripPrefix)
            error("route.two-paths", "strip_prefix", "`rewrite` says the whole path", "leave one of the two out");
        if (!m_route.rewrite.empty() && !m_route.rewrite.starts_with('/') && !m_route.rewrite.starts_with('{'))
            error("route.malformed-rewrite", "rewrite", "does not begin with `/`", "write a path: \"/new{path}\"");
        const auto where = [this](const char *setting) { return joinPath(m_path, setting); };
        checkText(where("redirect"), m_route.redirect, Place::url, m_findings);
        checkText(where("respond"), m_route.respond, Place::body, m_findings);
        checkText(where("rewrite"), m_route.rewrite, Place::url, m_findings);
        checkEdits(where("request_headers"), m_route.requestHeaders, m_findings);
        checkEdits(where("response_headers"), m_route.responseHeaders, m_findings);
        checkMirror();
    }

private:
    void error(const char *code, const char *setting, const std::string &message, const std::string &remedy)
    {
        errorAt(code, *setting ? joinPath(m_path, setting) : m_path, message, remedy);
    }
    void errorAt(const char *code, const std::string &where, const std::string &message, const std::string &remedy)
    {
        if (!m_findings.concern(where))
            m_findings.error(code, where, message, remedy);
    }

    void checkTarget()
    {
        std::vector<const char *> targets;
        bool isConcern = false;
        const auto count = [&](bool isSet, const char *setting) {
            isConcern |= m_findings.concern(joinPath(m_path, setting));
            if (isSet)
                targets.push_back(setting);
        };
        const auto app = m_configuration.apps.find(m_route.app.name);
        const auto backend = m_configuration.backends.find(m_route.backend.name);
        const bool isApp = app != m_configuration.apps.end();
        const bool isBackend = backend != m_configuration.backends.end();
        const bool hasScripts = (isApp && app->second.protocol == AppProtocol::fastcgi) ||
                                (isBackend && backend->second.protocol == BackendProtocol::fastcgi);
        const bool isUnknown = (!m_route.app.empty() && !isApp) || (!m_route.backend.empty() && !isBackend);
        count(!m_route.root.empty() && !hasScripts && !isUnknown, "root");
        count(!m_route.backend.empty(), "backend");
        count(!m_route.app.empty(), "app");
        count(!m_route.redirect.empty(), "redirect");
        count(!m_route.respond.empty(), "respond");
        if (targets.empty() && m_route.status == 0 && !isConcern)
            error("route.no-target", "", "leads nowhere",
                  "set `root` to a folder, `backend` to a backend, `app` to an app, or `redirect`, `respond` or "
                  "`status` to an answer");
        if (targets.size() > 1)
            error("route.two-targets", "", std::string("has both `") + targets[0] + "` and `" + targets[1] + "`",
                  "keep one of the two");
        if (m_route.root.empty() && hasScripts && !isConcern)
            error("route.no-scripts", "root",
                  (isApp ? "app `" + m_route.app.name : "backend `" + m_route.backend.name) +
                      "` runs scripts, and nothing says where they are",
                  "set `root` to their folder");
        if (m_route.status != 0 && m_route.redirect.empty() && m_route.respond.empty() && !targets.empty())
            error("route.unfit-status", "status", std::string("the answer of a `") + targets[0] + "` has its own",
                  "leave it out");
    }

    void checkOwnAnswer()
    {
        const std::uint32_t status = m_route.status;
        const bool isRedirect = status >= 300 && status <= 399 && status != 304;
        if (!m_route.redirect.empty() && status != 0 && !isRedirect)
            error("route.unfit-status", "status", "is not that of a redirection", "use 301, 302, 303, 307 or 308");
        else if (m_route.redirect.empty() && status != 0 && (status < 200 || isRedirect || status == 304))
            error("route.unfit-status", "status", "cannot be that of an answer of its own",
                  "use one from 200 to 299 or from 400 to 599");
    }

    void checkMirror()
    {
        if (!m_route.mirror.empty() && m_route.backend.empty() && m_route.app.empty())
            error("route.unfit-setting", "mirror", "is for routes that lead to a backend or an app",
                  "leave it out, or set `backend`");
        else if (const auto mirror = m_configuration.backends.find(m_route.mirror.name);
                 mirror != m_configuration.backends.end() && mirror->second.protocol == BackendProtocol::fastcgi)
            error("route.unfit-setting", "mirror",
                  "backend `" + mirror->first + "` speaks FastCGI, which copies are not", "name one that speaks HTTP");
        else if (m_route.mirror.empty() && m_route.mirrorShare != RouteConfig().mirrorShare)
            error("route.unfit-setting", "mirror_share", "nothing is mirrored", "set `mirror` to a backend");
    }

    void checkMethods()
    {
        const auto isMethod = [](const std::string &method) {
            return std::ranges::all_of(method, [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
        };
        for (std::size_t i = 0; i < m_route.methods.size(); ++i)
            if (!isMethod(m_route.methods[i]))
                errorAt("route.malformed-method", itemPath(joinPath(m_path, "methods"), i),
                        "`" + m_route.methods[i] + "` is not a method", "write it in capitals: \"GET\"");
    }

    void checkFiles()
    {
        const bool hasFiles = !m_route.root.empty() && m_route.app.empty() && m_route.backend.empty();
        const auto need = [&](bool isSet, const char *setting) {
            if (isSet && !hasFiles)
                error("route.unfit-setting", setting, "is for routes that lead to a folder alone",
                      "leave it out, or set `root`");
        };
        need(m_route.listing, "listing");
        need(!m_route.endings.empty(), "endings");
        need(!m_route.fallback.empty(), "fallback");
        need(m_route.precompressed, "precompressed");
        need(!m_route.cacheControl.empty(), "cache_control");
        need(!m_route.mediaTypes.empty(), "media_types");
        need(m_route.followLinks, "follow_links");
        for (std::size_t i = 0; i < m_route.endings.size(); ++i)
            if (m_route.endings[i].find('/') == 0 || m_route.endings[i].find("..") != std::string::npos)
                errorAt("route.malformed-ending", itemPath(joinPath(m_path, "endings"), i),
                        "`" + m_route.endings[i] + "` is not the ending of a name", "write \".html\"");
    }

    void checkCache()
    {
        const bool isProxied = !m_route.backend.empty() || !m_route.app.empty();
        if (!m_route.cache.empty() && !isProxied)
            error("route.unfit-setting", "cache", "is for routes that lead to a backend or an app",
                  "leave it out: files are in memory as it is");
        const auto need = [&](bool isSet, const char *setting) {
            if (isSet && m_route.cache.empty())
                error("route.unfit-setting", setting, "there is no `cache`", "leave it out, or set `cache`");
        };
        need(m_route.cacheTtl.value.count() > 0, "cache_ttl");
        need(m_route.cacheCookies, "cache_cookies");
    }

    const RouteConfig &m_route;
    const Configuration &m_configuration;
    std::string m_path;
    Findings &m_findings;
};

} // namespace

void checkRoutes(const SiteConfig &site, const Configuration &configuration, const std::string &sitePath,
                 Findings &findings)
{
    checkEdits(joinPath(sitePath, "response_headers"), site.responseHeaders, findings);
    const std::string list = joinPath(sitePath, "route");
    // A route without conditions leaves nothing for those behind it with the same path.
    std::map<std::pair<std::string_view, bool>, std::size_t> closed;
    for (std::size_t index = 0; index < site.routes.size(); ++index) {
        const RouteConfig &route = site.routes[index];
        const std::string path = itemPath(list, index);
        RouteRules(route, configuration, path, findings).check();
        checkProtection(route, configuration, path, findings);
        if (findings.concern(joinPath(path, "path")))
            continue; // it is another one than it seems
        const auto before = closed.find({route.path.path, route.exact});
        if (before != closed.end())
            findings.error("route.duplicate-path", joinPath(path, "path"),
                           "`" + route.path.path + "` is the path of " + itemPath(list, before->second) +
                               " too, which takes every request for it",
                           "keep one of the two, or give the first a condition");
        else if (!route.hasConditions())
            closed.try_emplace({route.path.path, route.exact}, index);
    }
}

} // namespace mainstay::schema
