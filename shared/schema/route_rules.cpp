// SPDX-License-Identifier: GPL-3.0-or-later
#include "schema/route_rules.h"

#include "schema/node.h"
#include "schema/protection_rules.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

namespace mainstay::schema {
namespace {

using namespace config;

std::string indexed(const std::string &path, std::size_t index)
{
    return path + "[" + std::to_string(index) + "]";
}

// The first placeholder that does not stand for anything; empty when there is none.
std::string unknownPlaceholder(std::string_view text)
{
    constexpr std::array<std::string_view, 8> kKnown{"scheme", "host",   "path", "query",
                                                     "uri",    "client", "user", "request_id"};
    for (std::size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
        const std::size_t close = text.find('}', open);
        if (close == std::string_view::npos)
            return {};
        const std::string_view name = text.substr(open + 1, close - open - 1);
        const bool isGroup = name.size() == 1 && name[0] >= '1' && name[0] <= '9';
        const bool isWord = !name.empty() && std::ranges::all_of(name, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        });
        if (!isGroup && isWord && std::ranges::find(kKnown, name) == kKnown.end())
            return std::string(name);
    }
    return {};
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
        checkText("redirect", m_route.redirect);
        checkText("respond", m_route.respond);
        checkText("rewrite", m_route.rewrite);
        checkEdits("request_headers", m_route.requestHeaders);
        checkEdits("response_headers", m_route.responseHeaders);
        checkMirror();
    }

private:
    void error(const char *code, const char *setting, const std::string &message, const std::string &remedy)
    {
        const std::string where = *setting ? joinPath(m_path, setting) : m_path;
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
        const bool isKnown = app != m_configuration.apps.end();
        const bool hasScripts = isKnown && app->second.protocol == AppProtocol::fastcgi;
        const bool isFolderOfApp = !m_route.root.empty() && !m_route.app.empty() && (hasScripts || !isKnown);
        count(!m_route.root.empty() && !isFolderOfApp, "root");
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
                  "app `" + m_route.app.name + "` runs scripts, and nothing says where they are",
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
                error("route.malformed-method", indexed("methods", i).c_str(),
                      "`" + m_route.methods[i] + "` is not a method", "write it in capitals: \"GET\"");
    }

    void checkFiles()
    {
        const bool hasFiles = !m_route.root.empty() && m_route.app.empty();
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
                error("route.malformed-ending", indexed("endings", i).c_str(),
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

    void checkText(const char *setting, const std::string &text)
    {
        if (const std::string unknown = unknownPlaceholder(text); !unknown.empty())
            error("route.unknown-placeholder", setting, "nothing is known as {" + unknown + "}",
                  "use {scheme}, {host}, {path}, {query}, {uri}, {client}, {user}, {request_id}, or {1} for the first "
                  "group of `pattern`");
        if (std::ranges::any_of(text,
                                [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t'; }) ||
            (text != m_route.respond && text.find('\n') != std::string::npos))
            error("route.malformed-text", setting, "holds a control character", "leave it out");
    }

    void checkEdits(const char *setting, const std::vector<FieldEdit> &edits)
    {
        for (std::size_t i = 0; i < edits.size(); ++i)
            checkText(indexed(setting, i).c_str(), edits[i].value);
    }

    const RouteConfig &m_route;
    const Configuration &m_configuration;
    std::string m_path;
    Findings &m_findings;
};

} // namespace

void checkRoutes(const SiteConfig &site, const Configuration &configuration, const std::string &list,
                 Findings &findings)
{
    // A route without conditions leaves nothing for those behind it with the same path.
    std::map<std::pair<std::string_view, bool>, std::size_t> closed;
    for (std::size_t index = 0; index < site.routes.size(); ++index) {
        const RouteConfig &route = site.routes[index];
        const std::string path = indexed(list, index);
        RouteRules(route, configuration, path, findings).check();
        checkProtection(route, configuration, path, findings);
        if (findings.concern(joinPath(path, "path")))
            continue; // it is another one than it seems
        const auto before = closed.find({route.path.path, route.exact});
        if (before != closed.end())
            findings.error("route.duplicate-path", joinPath(path, "path"),
                           "`" + route.path.path + "` is the path of " + indexed(list, before->second) +
                               " too, which takes every request for it",
                           "keep one of the two, or give the first a condition");
        else if (!route.hasConditions())
            closed.try_emplace({route.path.path, route.exact}, index);
    }
}

} // namespace mainstay::schema
