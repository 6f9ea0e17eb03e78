// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/field_edits.h"

#include "http/route_text.h"
#include "http/withheld_fields.h"
#include "wire/http_chars.h"

#include <algorithm>

namespace mainstay::http {

using Action = config::FieldEdit::Action;

bool isReplaced(FieldEdits edits, std::string_view name) noexcept
{
    return std::any_of(edits.begin(), edits.end(), [name](const config::FieldEdit &edit) {
        return edit.action != Action::add && wire::equalsIgnoringCase(edit.name, name);
    });
}

bool isShadowing(FieldEdits edits, std::string_view name) noexcept
{
    return std::any_of(edits.begin(), edits.end(), [name](const config::FieldEdit &edit) {
        return edit.action != Action::add && isSameVariable(edit.name, name);
    });
}

void writeEdits(wire::HeadWriter &head, FieldEdits edits, const Exchange &exchange)
{
    for (const config::FieldEdit &edit : edits) {
        if (edit.action != Action::remove)
            head.field(edit.name, routeText(exchange, edit.value, Spelling::url));
    }
}

FieldEdits AnswerFields::editsOf(const Exchange &exchange) noexcept
{
    if (exchange.route)
        return exchange.route->responseEdits;
    // In the clear nothing is said of HTTPS alone (RFC 6797 section 7.2), and the rest is said there.
    if (!exchange.site || (exchange.site->config().httpsOnly && !exchange.isSecure))
        return {};
    return exchange.site->responseEdits();
}

void AnswerFields::writeUnreplaced(wire::HeadWriter &head, std::string_view lines) const
{
    if (m_edits.empty())
        return head.append(lines);
    constexpr std::string_view kEnd = "\r\n";
    while (!lines.empty()) {
        const std::string_view line = lines.substr(0, lines.find(kEnd) + kEnd.size());
        if (!isReplaced(m_edits, line.substr(0, line.find(':'))))
            head.append(line);
        lines.remove_prefix(line.size());
    }
}

void AnswerFields::write(wire::HeadWriter &head) const
{
    if (m_exchange.admission)
        writeUnreplaced(head, m_exchange.admission->answerFields);
    writeEdits(head, m_edits, m_exchange);
}

bool AnswerFields::isOwn(std::string_view name) const noexcept
{
    constexpr std::string_view kSharing = "Access-Control-";
    const Admission &admission = *m_exchange.admission;
    return (admission.sharesAnswers && wire::equalsIgnoringCase(name.substr(0, kSharing.size()), kSharing)) ||
           (!admission.requestId.empty() && wire::equalsIgnoringCase(name, "X-Request-ID"));
}

} // namespace mainstay::http
