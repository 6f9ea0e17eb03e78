// SPDX-License-Identifier: GPL-3.0-or-later
// See http_conditional.h.
#include "wire/http_conditional.h"

#include "wire/http_chars.h"
#include "wire/http_date.h"

#include <cstddef>

namespace mainstay::wire {
namespace {

bool isWeak(std::string_view etag) noexcept
{
    return etag.starts_with("W/");
}

std::string_view opaque(std::string_view etag) noexcept
{
    return isWeak(etag) ? etag.substr(2) : etag;
}

bool etagsMatch(std::string_view left, std::string_view right, EtagComparison comparison) noexcept
{
    if (comparison == EtagComparison::strong && (isWeak(left) || isWeak(right)))
        return false;
    return opaque(left) == opaque(right);
}

// Takes a tag off the front of the list, with W/ and quotes; empty when what stands there is none. A tag may hold
// commas, so that the list cannot be cut at them.
std::string_view takeEtag(std::string_view &list) noexcept
{
    const std::size_t open = isWeak(list) ? 2 : 0;
    if (open >= list.size() || list[open] != '"')
        return {};
    const std::size_t close = list.find('"', open + 1);
    if (close == std::string_view::npos)
        return {};
    const std::string_view etag = list.substr(0, close + 1);
    list.remove_prefix(close + 1);
    return etag;
}

bool modifiedSince(std::string_view date, const Validators &validators, std::int64_t now, bool otherwise) noexcept
{
    const auto since = parseHttpDate(date, now);
    return since && validators.lastModified ? *validators.lastModified > *since : otherwise;
}

} // namespace

bool etagListed(std::string_view list, std::string_view etag, EtagComparison comparison) noexcept
{
    if (trimBlanks(list) == "*")
        return true;
    while (!list.empty()) {
        if (isBlank(list.front()) || list.front() == ',') {
            list.remove_prefix(1);
            continue;
        }
        const std::string_view listed = takeEtag(list);
        if (listed.empty())
            return false;
        if (!etag.empty() && etagsMatch(listed, etag, comparison))
            return true;
    }
    return false;
}

Precondition evaluate(const Conditions &conditions, const Validators &validators, bool getOrHead,
                      std::int64_t now) noexcept
{
    if (conditions.ifMatch) {
        if (!etagListed(*conditions.ifMatch, validators.etag, EtagComparison::strong))
            return Precondition::failed;
    } else if (conditions.ifUnmodifiedSince && modifiedSince(*conditions.ifUnmodifiedSince, validators, now, false)) {
        return Precondition::failed;
    }
    if (conditions.ifNoneMatch) {
        if (etagListed(*conditions.ifNoneMatch, validators.etag, EtagComparison::weak))
            return getOrHead ? Precondition::notModified : Precondition::failed;
    } else if (getOrHead && conditions.ifModifiedSince &&
               !modifiedSince(*conditions.ifModifiedSince, validators, now, true)) {
        return Precondition::notModified;
    }
    return Precondition::proceed;
}

bool rangeApplies(std::string_view ifRange, const Validators &validators, std::int64_t now) noexcept
{
    if (ifRange.starts_with('"') || isWeak(ifRange))
        return !validators.etag.empty() && etagsMatch(ifRange, validators.etag, EtagComparison::strong);
    const auto date = parseHttpDate(ifRange, now);
    // A file may change again within the second that its date names (RFC 9110 section 8.8.2.2).
    return date && validators.lastModified && *date == *validators.lastModified && *date < now;
}

} // namespace mainstay::wire
