// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/trailers.h"

#include "http/connection.h"
#include "http/field_edits.h"
#include "http/withheld_fields.h"
#include "wire/http1_writer.h"
#include "wire/http_chars.h"

#include <algorithm>

namespace mainstay::http {

namespace {

// Those that are known belong into a head: framing, routing, authentication, caching, who the client is.
template <class IsLeftOut>
std::string filtered(std::string_view lines, IsLeftOut isLeftOut)
{
    std::string kept;
    while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find("\r\n") + 2);
        lines.remove_prefix(line.size());
        const std::string_view name = line.substr(0, line.find(':'));
        const bool isPlain =
            wire::knownField(name) == wire::KnownField::other && !wire::equalsIgnoringCase(name, wire::kTokenField);
        if (isPlain && !isLeftOut(name))
            kept += line;
    }
    return kept;
}

} // namespace

std::string trailersForServer(const Exchange &exchange, std::string_view lines)
{
    const FieldEdits edits(exchange.route->config.requestHeaders);
    // With an underscore some take a name for another one.
    return filtered(lines, [&](std::string_view name) {
        return isReplaced(edits, name) || name.find('_') != std::string_view::npos || isWithheld(exchange, name);
    });
}

std::string trailersForClient(const Exchange &exchange, std::string_view lines)
{
    if (lines.empty() || (exchange.connection->carrier() != Carrier::stream && !asksForTrailers(exchange)))
        return {};
    const AnswerFields fields(exchange);
    return filtered(lines, [&fields](std::string_view name) { return fields.replaces(name); });
}

bool asksForTrailers(const Exchange &exchange) noexcept
{
    const wire::RequestHead &head = exchange.head;
    if (head.minorVersion() == 0 || !head.has(wire::KnownField::te))
        return false;
    for (std::size_t i = 0; i < head.fieldCount(); ++i) {
        if (head.id(i) != wire::KnownField::te)
            continue;
        for (std::string_view codings = head.value(i); !codings.empty();) {
            const std::string_view coding = wire::takeListElement(codings);
            if (wire::equalsIgnoringCase(coding, "trailers"))
                return true;
        }
    }
    return false;
}

} // namespace mainstay::http
