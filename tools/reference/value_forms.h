// SPDX-License-Identifier: GPL-3.0-or-later
// What the manual calls the types of values, and how each is written.
#pragma once

#include "config/http_values.h"
#include "config/rate_limit.h"
#include "schema/kinds.h"

#include <concepts>
#include <string>

namespace mainstay::reference {

struct ValueForm {
    const char *one;
    const char *many;
    const char *explanation; // prose()
};

template <class T>
constexpr ValueForm valueForm()
{
    using namespace config;
    if constexpr (std::same_as<T, bool>)
        return {"true or false", "true or false", "`true` or `false`, without quotes."};
    else if constexpr (schema::Integer<T>)
        return {"whole number", "whole numbers", "`4`, without quotes."};
    else if constexpr (std::same_as<T, std::string>)
        return {"text", "texts", "`\"in quotes\"`, or `'in single quotes'` where backslashes mean nothing."};
    else if constexpr (std::same_as<T, Duration>)
        return {"duration", "durations",
                "A whole number with a unit: \"250ms\", \"10s\", \"5m\", \"1h\", \"7d\". A space may stand between."};
    else if constexpr (std::same_as<T, ByteSize>)
        return {"size", "sizes",
                "A whole number with a unit: \"16KiB\", \"2MiB\", \"1GiB\", \"1TiB\", in powers of 1024; or the "
                "number of bytes, `4096`."};
    else if constexpr (std::same_as<T, FilePath>)
        return {"path", "paths",
                "A file or folder, \"/srv/www\" or \"site/public\". A relative path is relative to the folder of the "
                "file that names it, where nothing else is said."};
    else if constexpr (std::same_as<T, HostPattern>)
        return {"host", "hosts",
                "A host name or address, \"www.example.org\"; \"*.example.org\" is every name below one, and \"*\" "
                "any. Upper and lower case are the same. International names are written in their \"xn--\" form."};
    else if constexpr (std::same_as<T, Endpoint>)
        return {"address to listen on", "addresses to listen on",
                "An IP address and a port: \"192.0.2.1:80\", \"[2001:db8::1]:80\"; \"0.0.0.0:80\" or \":80\" for every "
                "IPv4 address of the machine, \"[::]:80\" for every IPv6 address."};
    else if constexpr (std::same_as<T, HostPort>)
        return {"address", "addresses",
                "A host name or IP address, and a port: \"10.0.0.5:8080\", \"[2001:db8::5]:8080\", "
                "\"app.internal:8080\"."};
    else if constexpr (std::same_as<T, ServerAddress>)
        return {"address of a server", "addresses of servers",
                "As an address, or the path of a socket of this machine: \"unix:/run/php/php8.2-fpm.sock\"."};
    else if constexpr (std::same_as<T, UrlPath>)
        return {"URL path", "URL paths", "A path from `/` on, without query: \"/health\"."};
    else if constexpr (std::same_as<T, EnvironmentVariable>)
        return {"variable", "variables", "A name and a value: \"LANG=C.UTF-8\"."};
    else if constexpr (std::same_as<T, StatusRange>)
        return {"status codes", "ranges of status codes", "One, or from one to another: \"204\", \"200-399\"."};
    else if constexpr (std::same_as<T, Network>)
        return {"network", "networks",
                "The first address of a network and the bits that count, or one address: \"10.0.0.0/8\", "
                "\"2001:db8::/32\", \"192.0.2.7\"."};
    else if constexpr (std::same_as<T, FieldMatch>)
        return {
            "condition on a header field", "conditions on header fields",
            "\"X-Beta\" where there is to be such a field, \"X-Beta: yes\" with this value, \"!X-Beta\" where there is "
            "to be none. Names in any case."};
    else if constexpr (std::same_as<T, QueryMatch>)
        return {"condition on the query", "conditions on the query",
                "\"beta\" where the query is to have it, \"beta=yes\" with this value, \"!beta\" where it is not to. "
                "As the "
                "URL spells it."};
    else if constexpr (std::same_as<T, FieldEdit>)
        return {"change to header fields", "changes to header fields",
                "\"Name: value\" sets a field, \"+Name: value\" adds one, \"-Name\" takes all of that name away."};
    else if constexpr (std::same_as<T, PathRule>)
        return {"rule for paths", "rules for paths",
                "A pattern, in which `*` stands for any characters, and what holds for paths that match: \"*.css: "
                "max-age=86400\"."};
    else if constexpr (std::same_as<T, RateLimit>)
        return {
            "rate limit", "rate limits",
            "How many in a second (s), minute (m), hour (h) or day (d): \"10/s\". With \"burst 20\" behind it so "
            "many may come at once, and without as many as are allowed in the whole time. \"by header NAME\" or "
            "\"by cookie NAME\" at the end counts for each value of that field or cookie, and not for each client."};
    else
        static_assert(!sizeof(T), "say here what the manual calls this type");
}

} // namespace mainstay::reference
