// SPDX-License-Identifier: GPL-3.0-or-later
#include "schema/protection_rules.h"

#include "config/http_values.h"
#include "schema/node.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace mainstay::schema {
namespace {

using namespace config;

// "https://app.example.org:8443", as browsers spell it.
bool isOrigin(std::string_view text)
{
    const std::size_t mark = text.find("://");
    if (text == "*" || mark == std::string_view::npos)
        return text == "*";
    const std::string_view host = text.substr(mark + 3);
    const auto isPlain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':' || c == '[' ||
               c == ']' || c == '_' || c == '*';
    };
    const auto stars = std::ranges::count(text, '*');
    return mark > 0 && !host.empty() && std::ranges::all_of(host, isPlain) &&
           text.substr(0, mark).find('*') == std::string_view::npos &&
           (stars == 0 || (stars == 1 && host.starts_with("*.")));
}

class ProtectionRules {
public:
    ProtectionRules(const Protection &rules, const Configuration &configuration, std::string path, Findings &findings)
        : m_rules(rules), m_configuration(configuration), m_path(std::move(path)), m_findings(findings)
    {}

    void check()
    {
        checkSharing();
        checkUsers();
        checkAuthority();
    }

private:
    void error(const char *code, const std::string &setting, const std::string &message, const std::string &remedy)
    {
        errorAt(code, joinPath(m_path, setting), message, remedy);
    }
    void errorAt(const char *code, const std::string &where, const std::string &message, const std::string &remedy)
    {
        if (!m_findings.concern(where))
            m_findings.error(code, where, message, remedy);
    }

    template <class IsRight>
    void checkEach(const char *setting, const std::vector<std::string> &texts, const char *what, const char *remedy,
                   IsRight isRight)
    {
        for (std::size_t i = 0; i < texts.size(); ++i) {
            if (!isRight(texts[i]))
                errorAt("protection.malformed", itemPath(joinPath(m_path, setting), i),
                        "`" + texts[i] + "` is no " + what, remedy);
        }
    }

    void checkNames(const char *setting, const std::vector<std::string> &names, bool isStarRight)
    {
        checkEach(setting, names, "name of a header field that may be named here", "write \"X-User\"",
                  [isStarRight](const std::string &name) {
                      return name == "*" ? isStarRight : FieldEdit::parse("-" + name).has_value();
                  });
    }

    void checkSharing()
    {
        checkEach("cors_origins", m_rules.corsOrigins, "origin",
                  "write \"https://app.example.org\", \"https://*.example.org\" or \"*\", in lower case and without a "
                  "slash at the end",
                  [](const std::string &origin) { return isOrigin(origin); });
        checkEach("cors_methods", m_rules.corsMethods, "method", "write it in capitals: \"PUT\"",
                  [](const std::string &method) {
                      return std::ranges::all_of(method, [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
                  });
        checkNames("cors_headers", m_rules.corsHeaders, true);
        checkNames("cors_expose", m_rules.corsExpose, true);
        const bool isForAll = std::ranges::find(m_rules.corsOrigins, "*") != m_rules.corsOrigins.end();
        if (m_rules.corsCredentials && isForAll)
            error("protection.open-credentials", "cors_credentials",
                  "every page of the world could act in the name of whoever looks at it",
                  "list the origins, or leave this out");
        if (m_rules.shares())
            return;
        if (!m_rules.corsMethods.empty() || !m_rules.corsHeaders.empty() || !m_rules.corsExpose.empty() ||
            m_rules.corsCredentials)
            error("protection.no-origins", "cors_origins", "nothing is shared without origins",
                  "list the origins, or leave the other cors_ settings out");
    }

    void checkUsers()
    {
        const bool isPlain = std::ranges::all_of(m_rules.realm, [](char c) {
            return static_cast<unsigned char>(c) >= ' ' && c != '\x7f' && c != '"' && c != '\\';
        });
        if (!isPlain)
            error("protection.malformed", "realm", "has quotes, backslashes or control characters", "leave them out");
        if (m_rules.loginAttempts.key != RateLimit::Key::client)
            error("protection.unfit", "login_attempts", "attempts are counted for each client",
                  "leave \"by …\" out: \"10/m\"");
    }

    void checkAuthority()
    {
        if (!m_rules.authBackend.empty() && !m_rules.authApp.empty())
            error("protection.two-authorities", "auth_app", "there is `auth_backend` too", "keep one of the two");
        const auto app = m_configuration.apps.find(m_rules.authApp.name);
        if (app != m_configuration.apps.end() && app->second.protocol == AppProtocol::fastcgi)
            error("protection.unfit", "auth_app", "app `" + app->first + "` speaks FastCGI, which nothing is asked in",
                  "name one that speaks HTTP");
        const auto backend = m_configuration.backends.find(m_rules.authBackend.name);
        if (backend != m_configuration.backends.end() && backend->second.protocol == BackendProtocol::fastcgi)
            error("protection.unfit", "auth_backend",
                  "backend `" + backend->first + "` speaks FastCGI, which nothing is asked in",
                  "name one that speaks HTTP");
        checkNames("auth_sends", m_rules.authSends, false);
        checkNames("auth_copies", m_rules.authCopies, false);
    }

    const Protection &m_rules;
    const Configuration &m_configuration;
    std::string m_path;
    Findings &m_findings;
};

} // namespace

void checkProtection(const Protection &rules, const Configuration &configuration, const std::string &path,
                     Findings &findings)
{
    ProtectionRules(rules, configuration, path, findings).check();
}

} // namespace mainstay::schema
