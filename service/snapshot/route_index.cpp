// SPDX-License-Identifier: GPL-3.0-or-later
#include "snapshot/route_index.h"

#include "wire/http_chars.h"

#include <algorithm>
#include <iterator>

namespace mainstay::snapshot {

namespace {

using config::NamedMatch;

// A field and its value, the same for each way to write the name.
std::string fieldText(std::string_view name, std::string_view value)
{
    std::string text;
    text.reserve(name.size() + 1 + value.size());
    std::transform(name.begin(), name.end(), std::back_inserter(text), wire::toLower);
    return text.append(1, ':').append(value);
}

// "name=value", as the query has it.
std::string partText(std::string_view name, std::string_view value)
{
    return std::string(name).append(1, '=').append(value);
}

// The first match that names a value; null when none does.
template <class Match>
const Match *valued(const std::vector<Match> &matches)
{
    const auto found = std::find_if(matches.begin(), matches.end(),
                                    [](const Match &match) { return match.kind == NamedMatch::Kind::equal; });
    return found == matches.end() ? nullptr : &*found;
}

} // namespace

RouteIndex::RouteIndex(std::span<const Route *const> routes) : m_patterns(patternOptions(), re2::RE2::UNANCHORED)
{
    for (std::size_t i = 0; i < routes.size(); ++i) {
        const config::RouteConfig &config = routes[i]->config;
        if (routes[i]->pattern && m_patterns.Add(config.pattern, nullptr) >= 0)
            m_withPattern.push_back(i);
        else if (const config::FieldMatch *field = valued(config.headers))
            m_byField[fieldText(field->name, field->value)].push_back(i);
        else if (const config::QueryMatch *part = valued(config.query))
            m_byQuery[partText(part->name, part->value)].push_back(i);
        else
            m_others.push_back(i);
    }
    m_hasPatterns = !m_withPattern.empty() && m_patterns.Compile();
}

std::vector<std::size_t> RouteIndex::find(const RouteQuery &query) const
{
    std::vector<std::size_t> places = m_others;
    if (!m_withPattern.empty())
        addMatching(query.path, places);
    for (std::size_t i = 0; !m_byField.empty() && i < query.head.fieldCount(); ++i) {
        if (const auto wanted = m_byField.find(fieldText(query.head.name(i), query.head.value(i)));
            wanted != m_byField.end())
            places.insert(places.end(), wanted->second.begin(), wanted->second.end());
    }
    std::string_view left = m_byQuery.empty() ? "" : query.head.query();
    while (!left.empty()) {
        const std::string_view part = left.substr(0, left.find('&'));
        left.remove_prefix(std::min(part.size() + 1, left.size()));
        // "name" alone has the value that "name=" has.
        const std::string text = part.find('=') == std::string_view::npos ? partText(part, "") : std::string(part);
        if (const auto wanted = m_byQuery.find(text); wanted != m_byQuery.end())
            places.insert(places.end(), wanted->second.begin(), wanted->second.end());
    }
    std::sort(places.begin(), places.end());
    return places;
}

void RouteIndex::addMatching(std::string_view path, std::vector<std::size_t> &places) const
{
    std::vector<int> matched;
    re2::RE2::Set::ErrorInfo error{};
    const bool isFound = m_hasPatterns && (m_patterns.Match({path.data(), path.size()}, &matched, &error) ||
                                           error.kind == re2::RE2::Set::kNoError);
    if (!isFound) { // it took too much memory to find out
        places.insert(places.end(), m_withPattern.begin(), m_withPattern.end());
        return;
    }
    for (const int one : matched)
        places.push_back(m_withPattern[static_cast<std::size_t>(one)]);
}

} // namespace mainstay::snapshot
