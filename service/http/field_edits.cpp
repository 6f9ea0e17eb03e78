// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/field_edits.h"

#include "http/route_text.h"
#include "wire/http_chars.h"

#include <algorithm>

namespace mainstay::http {

using Action = config::FieldEdit::Action;

FieldEdits responseEdits(const Exchange &exchange) noexcept
{
    return exchange.route ? FieldEdits(exchange.route->responseEdits) : FieldEdits();
}

bool isReplaced(FieldEdits edits, std::string_view name) noexcept
{
    return std::any_of(edits.begin(), edits.end(), [name](const config::FieldEdit &edit) {
        return edit.action != Action::add && wire::equalsIgnoringCase(edit.name, name);
    });
}

void writeUnreplaced(wire::HeadWriter &head, FieldEdits edits, std::string_view lines)
{
    if (edits.empty())
        return head.append(lines);
    constexpr std::string_view kEnd = "\r\n";
    while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find(kEnd) + kEnd.size());
        if (!isReplaced(edits, line.substr(0, line.find(':'))))
            head.append(line);
        lines.remove_prefix(line.size());
    }
}

void writeEdits(wire::HeadWriter &head, FieldEdits edits, const Exchange &exchange)
{
    for (const config::FieldEdit &edit : edits) {
        if (edit.action != Action::remove)
            head.field(edit.name, routeText(exchange, edit.value, Spelling::url));
    }
}

} // namespace mainstay::http
