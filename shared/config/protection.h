// SPDX-License-Identifier: GPL-3.0-or-later
// Whom a site or a route answers, how often, and after what proof: settings that both have.
#pragma once

#include "config/app.h"
#include "config/backend.h"
#include "config/http_values.h"
#include "config/rate_limit.h"
#include "config/setting.h"
#include "config/values.h"

#include <string>
#include <vector>

namespace mainstay::config {

// Immutable once loaded. What a route says of one matter (access, sharing, users, authority) stands in the place of
// what its site says of it; rate limits of both hold.
struct Protection {
    std::vector<Network> allow;
    std::vector<Network> deny;

    std::vector<RateLimit> rateLimits;
    std::uint32_t clientRequests = 0;

    // Sharing with pages of other origins (CORS).
    std::vector<std::string> corsOrigins;
    std::vector<std::string> corsMethods;
    std::vector<std::string> corsHeaders;
    std::vector<std::string> corsExpose;
    bool corsCredentials = false;
    Duration corsMaxAge = Seconds(5);

    // Basic authentication.
    FilePath users;
    std::string realm = "Restricted";
    RateLimit loginAttempts{10, std::chrono::minutes(1), 0, RateLimit::Key::client, {}};
    bool keepCredentials = false;

    // Forward authentication.
    Reference<BackendConfig> authBackend;
    Reference<AppConfig> authApp;
    UrlPath authPath{"/"};
    std::vector<std::string> authSends;
    std::vector<std::string> authCopies;
    Duration authTimeout = Seconds(5);

    [[nodiscard]] bool limitsAccess() const { return !allow.empty() || !deny.empty(); }
    [[nodiscard]] bool shares() const { return !corsOrigins.empty(); }
    [[nodiscard]] bool hasUsers() const { return !users.empty(); }
    [[nodiscard]] bool hasAuthority() const { return !authBackend.empty() || !authApp.empty(); }
    // Whether a request may be kept from its action.
    [[nodiscard]] bool guards() const
    {
        return limitsAccess() || shares() || hasUsers() || hasAuthority() || !rateLimits.empty() || clientRequests > 0;
    }

    template <class Visitor>
    static void describe(Visitor &&v)
    {
        v(&Protection::allow, "allow",
          {.label = MS_NOOP("Config", "Allow"),
           .help = MS_NOOP("Config", "Networks whose clients are answered; others get 403. Empty means all.")});
        v(&Protection::deny, "deny",
          {.label = MS_NOOP("Config", "Deny"),
           .help = MS_NOOP("Config", "Networks whose clients get 403, even if `allow` has them.")});
        v(&Protection::rateLimits, "rate_limits",
          {.label = MS_NOOP("Config", "Rate limits"),
           .help = MS_NOOP("Config", "How often one client may ask: \"10/s\", \"100/m burst 20\", \"1000/h by header "
                                     "X-API-Key\". More is answered with 429. Those of a site are for all its routes "
                                     "together and hold besides those of a route.")});
        v(&Protection::clientRequests, "client_requests",
          {.label = MS_NOOP("Config", "Requests of a client"),
           .help = MS_NOOP("Config", "Requests of one client that are answered at a time; more get 429. 0 means no "
                                     "limit."),
           .max = 100'000});
        v(&Protection::corsOrigins, "cors_origins",
          {.label = MS_NOOP("Config", "CORS origins"),
           .help = MS_NOOP("Config", "Origins whose pages may read the answers: \"https://app.example.org\", "
                                     "\"https://*.example.org\", or \"*\" for all. The service then answers preflight "
                                     "requests, and what servers say of it is not passed on.")});
        v(&Protection::corsMethods, "cors_methods",
          {.label = MS_NOOP("Config", "CORS methods"),
           .help = MS_NOOP("Config", "Methods such pages may use; empty means GET, HEAD and POST.")});
        v(&Protection::corsHeaders, "cors_headers",
          {.label = MS_NOOP("Config", "CORS headers"),
           .help = MS_NOOP("Config", "Header fields such pages may send, besides the harmless ones; \"*\" for all.")});
        v(&Protection::corsExpose, "cors_expose",
          {.label = MS_NOOP("Config", "CORS exposed headers"),
           .help = MS_NOOP("Config", "Header fields of answers such pages may read, besides the harmless ones.")});
        v(&Protection::corsCredentials, "cors_credentials",
          {.label = MS_NOOP("Config", "CORS credentials"),
           .help = MS_NOOP("Config", "Whether such pages may send cookies and passwords along.")});
        v(&Protection::corsMaxAge, "cors_max_age",
          {.label = MS_NOOP("Config", "CORS max age"),
           .help = MS_NOOP("Config", "How long browsers may remember the answer to a preflight request."),
           .max = kDay});
        v(&Protection::users, "users",
          {.label = MS_NOOP("Config", "Users"),
           .help = MS_NOOP("Config", "File of users who are answered once they have given their password (basic "
                                     "authentication): a line NAME:HASH for each, as `htpasswd -B` and `openssl passwd "
                                     "-6` write it.")});
        v(&Protection::realm, "realm",
          {.label = MS_NOOP("Config", "Realm"), .help = MS_NOOP("Config", "What a browser says the password is for.")});
        v(&Protection::loginAttempts, "login_attempts",
          {.label = MS_NOOP("Config", "Login attempts"),
           .help = MS_NOOP("Config", "How often one client may give a wrong password; after that it gets 429.")});
        v(&Protection::keepCredentials, "keep_credentials",
          {.label = MS_NOOP("Config", "Keep credentials"),
           .help = MS_NOOP("Config", "Pass the Authorization field with the password on to the server.")});
        v(&Protection::authBackend, "auth_backend",
          {.label = MS_NOOP("Config", "Authority"),
           .help =
               MS_NOOP("Config", "Backend that is asked whether a request may go on: with 2xx it does, and any other "
                                 "answer is the client's.")});
        v(&Protection::authApp, "auth_app",
          {.label = MS_NOOP("Config", "Authority (app)"),
           .help = MS_NOOP("Config", "App that is asked, in the place of `auth_backend`.")});
        v(&Protection::authPath, "auth_path",
          {.label = MS_NOOP("Config", "Authority's path"), .help = MS_NOOP("Config", "Path it is asked for.")});
        v(&Protection::authSends, "auth_sends",
          {.label = MS_NOOP("Config", "Headers for the authority"),
           .help =
               MS_NOOP("Config", "Header fields of the request it gets; empty means Authorization and Cookie. Method "
                                 "and URI it gets as X-Forwarded-Method and X-Forwarded-Uri.")});
        v(&Protection::authCopies, "auth_copies",
          {.label = MS_NOOP("Config", "Headers from the authority"),
           .help =
               MS_NOOP("Config", "Header fields of its 2xx that the server gets. What clients say under these names "
                                 "never gets there.")});
        v(&Protection::authTimeout, "auth_timeout",
          {.label = MS_NOOP("Config", "Authority's timeout"),
           .help = MS_NOOP("Config", "Time in which it must have answered; later is 504."),
           .min = 1,
           .max = kHour});
    }

    friend bool operator==(const Protection &, const Protection &) = default;
};

// For describe() of an object that is derived from Protection: its settings as the object's own.
template <class Object, class Visitor>
void describeProtection(Visitor &&v)
{
    Protection::describe([&v]<class Value>(Value Protection::*member, const char *name, const Setting &setting) {
        v(static_cast<Value Object::*>(member), name, setting);
    });
}

} // namespace mainstay::config
