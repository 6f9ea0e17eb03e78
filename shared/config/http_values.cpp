// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/http_values.h"

#include "config/quoted.h"

#include <algorithm>
#include <array>

namespace mainstay::config {

namespace {

// RFC 9110 section 5.6.2.
bool isToken(std::string_view text)
{
    static constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
    static constexpr std::size_t kLongest = 255;
    return !text.empty() && text.size() <= kLongest && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               kOthers.find(c) != std::string_view::npos;
    });
}

bool isFieldValue(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == '\t' || (byte >= ' ' && byte != 0x7f);
    });
}

std::string_view trimmed(std::string_view text)
{
    while (text.starts_with(' '))
        text.remove_prefix(1);
    while (text.ends_with(' '))
        text.remove_suffix(1);
    return text;
}

bool sameName(std::string_view left, std::string_view right)
{
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [lower](char a, char b) { return lower(a) == lower(b); });
}

// Ours to write, since they say how a message is read or belong to one connection.
bool isFraming(std::string_view name)
{
    constexpr std::array<std::string_view, 9> kFraming{"Connection", "Content-Length",   "Keep-Alive",
                                                       "TE",         "Trailer",          "Transfer-Encoding",
                                                       "Upgrade",    "Proxy-Connection", "Mainstay-Token"};
    return std::any_of(kFraming.begin(), kFraming.end(), [name](std::string_view one) { return sameName(one, name); });
}

NamedMatch split(std::string_view text, char separator)
{
    NamedMatch match;
    if (text.starts_with('!')) {
        match.kind = NamedMatch::Kind::absent;
        match.name = text.substr(1);
        return match;
    }
    const std::size_t at = text.find(separator);
    match.name = text.substr(0, at);
    if (at != std::string_view::npos) {
        match.kind = NamedMatch::Kind::equal;
        match.value = text.substr(at + 1);
    }
    return match;
}

std::string joined(const NamedMatch &match, const char *separator)
{
    switch (match.kind) {
    case NamedMatch::Kind::absent:
        return "!" + match.name;
    case NamedMatch::Kind::equal:
        return match.name + separator + match.value;
    case NamedMatch::Kind::present:
        break;
    }
    return match.name;
}

} // namespace

Result<FieldMatch> FieldMatch::parse(std::string_view text)
{
    FieldMatch match{split(text, ':')};
    match.value = trimmed(match.value);
    if (!isToken(match.name) || !isFieldValue(match.value))
        return fail("field-match.malformed", quoted(text) + " is no condition on a field of the head",
                    "write \"X-Beta\", \"X-Beta: yes\", or \"!X-Beta\" for requests without it");
    return match;
}

std::string FieldMatch::text() const
{
    return joined(*this, ": ");
}

Result<QueryMatch> QueryMatch::parse(std::string_view text)
{
    const QueryMatch match{split(text, '=')};
    const auto plain = [](char c) { return c > ' ' && c < '\x7f' && c != '&' && c != '#'; };
    if (match.name.empty() || !std::all_of(text.begin(), text.end(), plain) ||
        match.name.find('=') != std::string::npos)
        return fail("query-match.malformed", quoted(text) + " is no condition on the query",
                    "write \"beta\", \"beta=yes\", or \"!beta\" for requests without it");
    return match;
}

std::string QueryMatch::text() const
{
    return joined(*this, "=");
}

Result<FieldEdit> FieldEdit::parse(std::string_view text)
{
    FieldEdit edit;
    std::string_view rest = text;
    if (rest.starts_with('-') || rest.starts_with('+')) {
        edit.action = rest.starts_with('-') ? Action::remove : Action::add;
        rest.remove_prefix(1);
    }
    const std::size_t colon = rest.find(':');
    edit.name = rest.substr(0, colon);
    if (colon != std::string_view::npos)
        edit.value = trimmed(rest.substr(colon + 1));
    const bool hasValue = colon != std::string_view::npos;
    if (!isToken(edit.name) || !isFieldValue(edit.value) || hasValue == (edit.action == Action::remove))
        return fail("field-edit.malformed", quoted(text) + " is no change to the fields of a head",
                    "write \"Name: value\" to set a field, \"+Name: value\" to add one, \"-Name\" to remove it");
    if (isFraming(edit.name))
        return fail("field-edit.not-yours", quoted(edit.name) + " says how a message is read, and is ours to write",
                    "leave it out");
    return edit;
}

std::string FieldEdit::text() const
{
    switch (action) {
    case Action::remove:
        return "-" + name;
    case Action::add:
        return "+" + name + ": " + value;
    case Action::set:
        break;
    }
    return name + ": " + value;
}

bool PathRule::matches(std::string_view path) const noexcept
{
    const std::string_view wanted = pattern;
    std::size_t at = 0;
    std::size_t star = std::string_view::npos; // the last "*" passed
    std::size_t behindStar = 0;                // of the path, what it has taken so far
    for (std::size_t i = 0; i < path.size();) {
        if (at < wanted.size() && wanted[at] == '*') {
            star = at++;
            behindStar = i;
        } else if (at < wanted.size() && wanted[at] == path[i]) {
            ++at;
            ++i;
        } else if (star != std::string_view::npos) {
            at = star + 1;
            i = ++behindStar;
        } else {
            return false;
        }
    }
    return wanted.substr(at).find_first_not_of('*') == std::string_view::npos;
}

Result<PathRule> PathRule::parse(std::string_view text)
{
    const std::size_t colon = text.find(':');
    PathRule rule{std::string(text.substr(0, colon)), {}};
    if (colon != std::string_view::npos)
        rule.value = trimmed(text.substr(colon + 1));
    const bool isPlain = std::all_of(rule.pattern.begin(), rule.pattern.end(),
                                     [](char c) { return static_cast<unsigned char>(c) > ' ' && c != '\x7f'; });
    if (rule.pattern.empty() || rule.value.empty() || !isPlain || !isFieldValue(rule.value))
        return fail("path-rule.malformed", quoted(text) + " does not say what holds for which paths",
                    "write \"*.css: max-age=3600\", a pattern with * for any characters, then what holds");
    return rule;
}

} // namespace mainstay::config
