// SPDX-License-Identifier: GPL-3.0-or-later
// Changes that the configuration makes to the fields of a head.
#pragma once

#include "http/exchange.h"
#include "snapshot/route.h"
#include "wire/http1_writer.h"

#include <span>
#include <string_view>

namespace mainstay::http {

using FieldEdits = std::span<const config::FieldEdit>;

// Whether a field of that name is set or taken away, and what it was before is not to be written.
[[nodiscard]] bool isReplaced(FieldEdits edits, std::string_view name) noexcept;
// The same of a field of the request, whose name need only look so to a program behind: see isSameVariable().
[[nodiscard]] bool isShadowing(FieldEdits edits, std::string_view name) noexcept;
// Worker thread. Writes what is set and added.
void writeEdits(wire::HeadWriter &head, FieldEdits edits, const Exchange &exchange);

// Worker thread. What the configuration of its route, or else its site, and the guards have to say in the head of every
// answer to the exchange, which outlives this and changes in nothing meanwhile.
class AnswerFields {
public:
    explicit AnswerFields(const Exchange &exchange) noexcept : m_exchange(exchange), m_edits(editsOf(exchange)) {}

    // Whether what a server or a file says under that name is not to be written.
    [[nodiscard]] bool replaces(std::string_view name) const noexcept
    {
        return isReplaced(m_edits, name) || (m_exchange.admission && isOwn(name));
    }
    // Writes lines "Name: value", each with its CRLF, but for those that are replaced.
    void writeUnreplaced(wire::HeadWriter &head, std::string_view lines) const;
    // Writes what is said.
    void write(wire::HeadWriter &head) const;

private:
    [[nodiscard]] static FieldEdits editsOf(const Exchange &exchange) noexcept;
    [[nodiscard]] bool isOwn(std::string_view name) const noexcept;

    const Exchange &m_exchange;
    const FieldEdits m_edits;
};

} // namespace mainstay::http
