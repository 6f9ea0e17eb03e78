// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/withheld_fields.h"

#include "wire/http_chars.h"

#include <algorithm>

namespace mainstay::http {

bool isSameVariable(std::string_view left, std::string_view right) noexcept
{
    const auto plain = [](char c) { return c == '_' ? '-' : wire::toLower(c); };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [plain](char a, char b) { return plain(a) == plain(b); });
}

bool isWithheld(const Exchange &exchange, std::string_view name) noexcept
{
    const bool isGuarded = exchange.route && exchange.route->guards;
    if (!exchange.admission && !isGuarded)
        return false;
    if (exchange.admission && !exchange.admission->requestId.empty() && isSameVariable(name, "X-Request-ID"))
        return true;
    if (!isGuarded)
        return false;
    const config::Protection &rules = exchange.route->guards->rules;
    if (rules.hasUsers() && !rules.keepCredentials && wire::knownField(name) == wire::KnownField::authorization)
        return true;
    return rules.hasAuthority() && std::any_of(rules.authCopies.begin(), rules.authCopies.end(),
                                               [name](const std::string &one) { return isSameVariable(name, one); });
}

void writeAdmission(wire::HeadWriter &head, const Exchange &exchange)
{
    if (!exchange.admission)
        return;
    if (!exchange.admission->requestId.empty())
        head.field("X-Request-ID", exchange.admission->requestId);
    head.append(exchange.admission->grantedFields);
}

} // namespace mainstay::http
