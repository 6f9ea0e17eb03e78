// SPDX-License-Identifier: GPL-3.0-or-later
// See cgi_head.h.
#include "wire/cgi_head.h"

#include "wire/http1_writer.h"
#include "wire/http_chars.h"
#include "wire/http_field.h"

#include <algorithm>
#include <optional>

namespace mainstay::wire {

namespace {

std::string_view withoutLineEnd(std::string_view line)
{
    if (line.ends_with('\n'))
        line.remove_suffix(1);
    if (line.ends_with('\r'))
        line.remove_suffix(1);
    return line;
}

std::string_view takeLine(std::string_view &head)
{
    const std::string_view line = head.substr(0, head.find('\n') + 1);
    head.remove_prefix(line.size());
    return withoutLineEnd(line);
}

// Empty for a line that is no field.
std::string_view nameOf(std::string_view line)
{
    const std::size_t length = countLeading(line, kTokenChar);
    return length < line.size() && line[length] == ':' ? line.substr(0, length) : std::string_view{};
}

// What there is to know before the first line can be written.
struct Summary {
    std::optional<std::string_view> status;
    bool hasLocation = false;
    bool isResponse = false;
};

// Nothing when it is no CGI response.
std::optional<Summary> summaryOf(std::string_view head)
{
    Summary summary;
    while (!head.empty()) {
        const std::string_view line = takeLine(head);
        const std::string_view name = nameOf(line);
        if (equalsIgnoringCase(name, "Status")) {
            if (summary.status)
                return std::nullopt;
            summary.status = trimBlanks(line.substr(name.size() + 1));
        } else if (equalsIgnoringCase(name, "Location")) {
            summary.hasLocation = true;
        } else if (!equalsIgnoringCase(name, "Content-Type")) {
            continue;
        }
        summary.isResponse = true;
    }
    return summary.isResponse ? std::optional(summary) : std::nullopt;
}

} // namespace

ParseStatus CgiHead::find(std::string_view bytes) noexcept
{
    const std::string_view head = bytes.substr(0, kMaxBytes);
    for (;;) {
        const std::size_t end = head.find('\n', m_examined);
        if (end == std::string_view::npos)
            break;
        const std::string_view line = withoutLineEnd(head.substr(m_lineStart, end - m_lineStart + 1));
        m_lineStart = m_examined = end + 1;
        if (line.empty())
            return ParseStatus::complete;
    }
    m_examined = head.size();
    return head.size() == kMaxBytes ? ParseStatus::tooLarge : ParseStatus::needMore;
}

std::size_t writeHttpHead(std::string_view cgiHead, std::span<char> out) noexcept
{
    const std::optional<Summary> summary = summaryOf(cgiHead);
    if (!summary)
        return 0;
    HeadWriter head(out);
    head.append("HTTP/1.1 ");
    head.fieldLine(summary->status.value_or(summary->hasLocation ? "302 Found" : "200 OK"));
    while (!cgiHead.empty()) {
        const std::string_view line = takeLine(cgiHead);
        const std::string_view name = nameOf(line);
        const bool skipped =
            line.empty() || (!name.empty() && (equalsIgnoringCase(name, "Status") || isHopByHop(knownField(name))));
        if (!skipped)
            head.fieldLine(line);
    }
    head.end();
    return head.ok() ? head.size() : 0;
}

} // namespace mainstay::wire
