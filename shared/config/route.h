// SPDX-License-Identifier: GPL-3.0-or-later
// Which requests of a site are answered by what: [[site.NAME.route]].
#pragma once

#include "config/app.h"
#include "config/backend.h"
#include "config/cache.h"
#include "config/http_values.h"
#include "config/protection.h"
#include "config/setting.h"
#include "config/values.h"

#include <array>
#include <string>
#include <vector>

namespace mainstay::config {

// Whether a server is kept from waiting for a client that is slow.
enum class Buffering : std::uint8_t {
    automatic, // on for apps
    on,
    off,
};

[[nodiscard]] constexpr bool isOn(Buffering buffering, bool automatically)
{
    return buffering == Buffering::on || (buffering == Buffering::automatic && automatically);
}

constexpr auto enumerators(Buffering)
{
    return std::array{
        Enumerator{Buffering::automatic, "auto", MS_NOOP("Config", "Automatic")},
        Enumerator{Buffering::on, "on", MS_NOOP("Config", "On")},
        Enumerator{Buffering::off, "off", MS_NOOP("Config", "Off")},
    };
}

// Immutable once loaded. Leads to exactly one of a folder, a backend, an app, a redirection and an answer of its own;
// only what speaks FastCGI has a folder besides, that of its scripts. The longest matching path wins, and of
// several routes for one path the first whose conditions hold.
struct RouteConfig : Protection {
    UrlPath path{"/"};
    bool exact = false;
    std::string pattern;
    std::vector<std::string> methods;
    std::vector<FieldMatch> headers;
    std::vector<QueryMatch> query;
    std::vector<Network> clients;
    std::uint32_t share = 100;
    FilePath root;
    std::string index = "index.html";
    bool listing = false;
    std::vector<std::string> endings;
    UrlPath fallback;
    bool precompressed = false;
    std::vector<PathRule> cacheControl;
    std::vector<PathRule> mediaTypes;
    bool followLinks = false;
    bool compress = false;
    Reference<BackendConfig> backend;
    Reference<AppConfig> app;
    std::string redirect;
    std::string respond;
    std::uint32_t status = 0;
    bool stripPrefix = false;
    std::string rewrite;
    ByteSize maxBody;
    Buffering requestBuffering = Buffering::automatic;
    Buffering responseBuffering = Buffering::automatic;
    std::vector<FieldEdit> requestHeaders;
    std::vector<FieldEdit> responseHeaders;
    bool forwarded = false;
    Reference<CacheConfig> cache;
    Duration cacheTtl;
    bool cacheCookies = false;
    bool isPublic = false;
    Reference<BackendConfig> mirror;
    std::uint32_t mirrorShare = 100;

    // Whether there are requests for its path that it is not for.
    [[nodiscard]] bool hasConditions() const
    {
        return !pattern.empty() || !methods.empty() || !headers.empty() || !query.empty() || !clients.empty() ||
               share < 100;
    }
    // Whether the service answers by itself, without files and servers.
    [[nodiscard]] bool answersItself() const { return !redirect.empty() || !respond.empty() || status != 0; }

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&RouteConfig::path, "path",
          {.label = MS_NOOP("Config", "Path"),
           .help = MS_NOOP("Config",
                           "Path the route is for, with those below it; of several that match, the longest wins."),
           .required = true});
        v(&RouteConfig::exact, "exact",
          {.label = MS_NOOP("Config", "Only this path"),
           .help = MS_NOOP("Config", "Leave out what is below the path. Wins over a route that does not.")});
        v(&RouteConfig::pattern, "pattern",
          {.label = MS_NOOP("Config", "Pattern"),
           .help = MS_NOOP("Config", "Regular expression (RE2) that the decoded path has to match, anywhere unless it "
                                     "says ^ and $. What its groups match is {1}, {2} and so on in `redirect`, "
                                     "`rewrite` and header values.")});
        v(&RouteConfig::methods, "methods",
          {.label = MS_NOOP("Config", "Methods"),
           .help = MS_NOOP("Config", "Methods it is for, as \"GET\"; empty means all. GET is for HEAD too.")});
        v(&RouteConfig::headers, "headers",
          {.label = MS_NOOP("Config", "Headers"),
           .help =
               MS_NOOP("Config", "Fields a request must have: \"Name\", \"Name: value\", or \"!Name\" for must not. "
                                 "All have to hold.")});
        v(&RouteConfig::query, "query",
          {.label = MS_NOOP("Config", "Query"),
           .help = MS_NOOP("Config", "What the query must have: \"name\", \"name=value\", or \"!name\" for must not. "
                                     "All have to hold.")});
        v(&RouteConfig::clients, "clients",
          {.label = MS_NOOP("Config", "Clients"),
           .help = MS_NOOP("Config", "Networks of clients it is for: \"10.0.0.0/8\"; empty means all.")});
        v(&RouteConfig::share, "share",
          {.label = MS_NOOP("Config", "Share"),
           .help = MS_NOOP("Config", "Share of the clients it is for; the others go on to the next route for the path. "
                                     "A client stays on its side."),
           .unit = "%",
           .min = 0,
           .max = 100});
        v(&RouteConfig::root, "root",
          {.label = MS_NOOP("Config", "Folder"),
           .help = MS_NOOP("Config",
                           "Folder whose files are served; with an app or a backend that speaks FastCGI, the folder of "
                           "its scripts.")});
        v(&RouteConfig::index, "index",
          {.label = MS_NOOP("Config", "Index file"),
           .help = MS_NOOP("Config", "File that is served when a folder is asked for; empty means none.")});
        v(&RouteConfig::listing, "listing",
          {.label = MS_NOOP("Config", "List folders"),
           .help = MS_NOOP("Config", "Show what is in a folder that has no index file.")});
        v(&RouteConfig::endings, "endings",
          {.label = MS_NOOP("Config", "Endings"),
           .help = MS_NOOP("Config", "Endings to try, in this order, where there is no file of the name asked for: "
                                     "\".html\" finds about.html for /about.")});
        v(&RouteConfig::fallback, "fallback",
          {.label = MS_NOOP("Config", "Fallback"),
           .help = MS_NOOP("Config", "File of the folder that is served where there is no other, as \"/index.html\" "
                                     "of an application of a single page.")});
        v(&RouteConfig::precompressed, "precompressed",
          {.label = MS_NOOP("Config", "Precompressed files"),
           .help = MS_NOOP("Config", "Serve style.css.br, style.css.zst or style.css.gz in the place of style.css to "
                                     "clients that take it.")});
        v(&RouteConfig::cacheControl, "cache_control",
          {.label = MS_NOOP("Config", "Cache-Control"),
           .help = MS_NOOP("Config", "How long clients may keep which files: \"*.css: max-age=86400\". The first "
                                     "pattern that the path matches counts.")});
        v(&RouteConfig::mediaTypes, "media_types",
          {.label = MS_NOOP("Config", "Media types"),
           .help = MS_NOOP("Config", "Types of files by their names, before those that are known: \"*.log: "
                                     "text/plain\".")});
        v(&RouteConfig::followLinks, "follow_links",
          {.label = MS_NOOP("Config", "Follow links"),
           .help = MS_NOOP("Config", "Serve what symbolic links lead to outside of the folder.")});
        v(&RouteConfig::compress, "compress",
          {.label = MS_NOOP("Config", "Compress"),
           .help = MS_NOOP("Config", "Compress text, scripts and the like on the way to clients that take it, with "
                                     "Brotli, Zstandard or gzip. Leave it off where a secret and what a client sent "
                                     "stand in one answer.")});
        v(&RouteConfig::backend, "backend",
          {.label = MS_NOOP("Config", "Backend"), .help = MS_NOOP("Config", "Backend that answers.")});
        v(&RouteConfig::app, "app",
          {.label = MS_NOOP("Config", "App"), .help = MS_NOOP("Config", "App whose instances answer.")});
        v(&RouteConfig::redirect, "redirect",
          {.label = MS_NOOP("Config", "Redirect"),
           .help = MS_NOOP("Config", "URL or path the client is sent to, with `status` 302 unless it says otherwise. "
                                     "{scheme}, {host}, {path}, {query}, {uri} (path and query), {client}, {user}, "
                                     "{request_id} and groups "
                                     "of `pattern` stand for what the request has.")});
        v(&RouteConfig::respond, "respond",
          {.label = MS_NOOP("Config", "Respond"),
           .help = MS_NOOP("Config", "Text that is the answer, with `status` 200 unless it says otherwise. The same "
                                     "placeholders as in `redirect`.")});
        v(&RouteConfig::status, "status",
          {.label = MS_NOOP("Config", "Status"),
           .help = MS_NOOP("Config", "Status of the answer; alone, it is the answer: 403, 404, 410. 0 means the usual "
                                     "one."),
           .max = 599});
        v(&RouteConfig::stripPrefix, "strip_prefix",
          {.label = MS_NOOP("Config", "Strip prefix"),
           .help = MS_NOOP("Config", "Take the path off before the request is passed on or the file looked up.")});
        v(&RouteConfig::rewrite, "rewrite",
          {.label = MS_NOOP("Config", "Rewrite"),
           .help =
               MS_NOOP("Config", "Path to ask the server or the folder for instead, with a query if it has a \"?\". "
                                 "The same placeholders as in `redirect`.")});
        v(&RouteConfig::maxBody, "max_body",
          {.label = MS_NOOP("Config", "Largest body"),
           .help = MS_NOOP("Config", "Larger request bodies are answered with 413; 0 means what the listener says.")});
        v(&RouteConfig::requestBuffering, "request_buffering",
          {.label = MS_NOOP("Config", "Request buffering"),
           .help = MS_NOOP(
               "Config",
               "Whether a server gets a request when all of its body is there, so that slow "
               "clients keep none of its workers and another server can be asked when one fails; "
               "or while the body comes. \"auto\" is on for apps and FastCGI servers, for "
               "other backends with PUT and DELETE of up to 16 MiB. Bodies of more than 64 KiB wait on the disk.")});
        v(&RouteConfig::responseBuffering, "response_buffering",
          {.label = MS_NOOP("Config", "Response buffering"),
           .help = MS_NOOP(
               "Config",
               "Whether an answer is taken off a server as fast as it comes, so that clients that "
               "read slowly keep none of its workers; or as fast as the client takes it. What "
               "comes is passed on at once in either case. \"auto\" is on for apps and FastCGI "
               "servers and off for other backends. What a client has not taken waits on the disk, beyond 128 KiB.")});
        v(&RouteConfig::requestHeaders, "request_headers",
          {.label = MS_NOOP("Config", "Request headers"),
           .help = MS_NOOP("Config", "Changes to what a server gets: \"Name: value\" sets, \"+Name: value\" adds, "
                                     "\"-Name\" removes. The same placeholders as in `redirect`.")});
        v(&RouteConfig::responseHeaders, "response_headers",
          {.label = MS_NOOP("Config", "Response headers"),
           .help = MS_NOOP("Config", "Changes to what the client gets, in the same form.")});
        v(&RouteConfig::forwarded, "forwarded",
          {.label = MS_NOOP("Config", "Forwarded"),
           .help = MS_NOOP("Config", "Tell servers of the client in a Forwarded field (RFC 7239) besides "
                                     "X-Forwarded-For, -Proto and -Host.")});
        v(&RouteConfig::cache, "cache",
          {.label = MS_NOOP("Config", "Cache"),
           .help =
               MS_NOOP("Config", "Cache that keeps the answers of the backend or app, as they and RFC 9111 allow.")});
        v(&RouteConfig::cacheTtl, "cache_ttl",
          {.label = MS_NOOP("Config", "Time to live in the cache"),
           .help =
               MS_NOOP("Config", "How long answers are fresh that say nothing of it; 0 means as `default_ttl` of the "
                                 "cache says."),
           .max = 365 * kDay});
        v(&RouteConfig::cacheCookies, "cache_cookies",
          {.label = MS_NOOP("Config", "Keep answers with cookies"),
           .help = MS_NOOP("Config", "Keep answers that set cookies too, and give everybody the same ones.")});
        v(&RouteConfig::isPublic, "public",
          {.label = MS_NOOP("Config", "Public"),
           .help =
               MS_NOOP("Config", "Whether the site's access, limits, users and authority are not for this route.")});
        v(&RouteConfig::mirror, "mirror",
          {.label = MS_NOOP("Config", "Mirror"),
           .help = MS_NOOP("Config", "Backend that gets a copy of each request besides, with a body of up to 64 KiB. "
                                     "Its answers are dropped, and the client does not wait for them.")});
        v(&RouteConfig::mirrorShare, "mirror_share",
          {.label = MS_NOOP("Config", "Mirrored share"),
           .help = MS_NOOP("Config", "Share of the requests that are copied, picked at random."),
           .unit = "%",
           .min = 1,
           .max = 100});
        describeProtection<RouteConfig>(v);
    }

    friend bool operator==(const RouteConfig &, const RouteConfig &) = default;
};

} // namespace mainstay::config
