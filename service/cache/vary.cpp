// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/vary.h"

#include "wire/http_accept.h"
#include "wire/http_chars.h"

#include <algorithm>
#include <vector>

namespace mainstay::cache {

namespace {

constexpr std::size_t kMostNames = 8;

std::string lowerCase(std::string_view text)
{
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), wire::toLower);
    return lower;
}

// Calls visit(name) for each name.
template <class Visit>
void forEachName(const wire::ResponseHead &head, const Visit &visit)
{
    if (!head.has(wire::KnownField::vary))
        return;
    for (std::size_t i = 0; i < head.fieldCount(); ++i) {
        if (head.id(i) != wire::KnownField::vary)
            continue;
        for (std::string_view list = head.value(i); !list.empty();) {
            const std::string_view name = wire::takeListElement(list);
            if (!name.empty())
                visit(name);
        }
    }
}

} // namespace

bool variesByAnything(const wire::ResponseHead &head) noexcept
{
    bool found = false;
    forEachName(head, [&found](std::string_view name) { found |= name == "*"; });
    return found;
}

std::optional<std::string> varyNames(const wire::ResponseHead &head)
{
    std::vector<std::string> names;
    forEachName(head, [&names](std::string_view name) {
        if (names.size() <= kMostNames)
            names.push_back(lowerCase(name));
    });
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    if (names.size() > kMostNames)
        return std::nullopt;
    std::string joined;
    for (const std::string &name : names)
        joined += (joined.empty() ? "" : ",") + name;
    return joined;
}

std::string plainAcceptEncoding(std::string_view field)
{
    bool takesDeflate = false;
    for (std::string_view list = field; !list.empty();) {
        const std::string_view element = wire::takeListElement(list);
        const std::string_view name = wire::trimBlanks(element.substr(0, element.find(';')));
        if (wire::equalsIgnoringCase(element, "deflate"))
            takesDeflate = true;
        else if (!name.empty() && !wire::equalsIgnoringCase(name, "gzip") && !wire::equalsIgnoringCase(name, "br") &&
                 !wire::equalsIgnoringCase(name, "zstd") && !wire::equalsIgnoringCase(name, "identity"))
            return std::string(field);
    }
    const wire::AcceptedCodings accepted(field);
    std::string plain;
    plain += accepted.weight(wire::Coding::brotli) > 0 ? "br " : "";
    plain += accepted.weight(wire::Coding::zstd) > 0 ? "zstd " : "";
    plain += accepted.weight(wire::Coding::gzip) > 0 ? "gzip " : "";
    plain += takesDeflate ? "deflate " : "";
    plain += accepted.weight(wire::Coding::identity) > 0 ? "" : "only ";
    return plain;
}

} // namespace mainstay::cache
