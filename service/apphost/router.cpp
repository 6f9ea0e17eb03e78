// SPDX-License-Identifier: GPL-3.0-or-later
#include "apphost/router.h"

#include <QByteArray>
#include <QStringDecoder>

#include <algorithm>
#include <set>

namespace mainstay::apphost {
namespace {

std::vector<std::string> segmentsOf(std::string_view path)
{
    std::vector<std::string> segments;
    for (;;) {
        const std::size_t slash = path.find('/');
        segments.emplace_back(path.substr(0, slash));
        if (slash == std::string_view::npos)
            return segments;
        path.remove_prefix(slash + 1);
    }
}

bool isParameter(std::string_view segment)
{
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const char low = static_cast<char>(c | 0x20);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

bool isBefore(const std::vector<std::string> &a, const std::vector<std::string> &b)
{
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](const auto &one, const auto &other) {
        return !isParameter(one) && isParameter(other);
    });
}

} // namespace

std::optional<std::string> percentDecoded(std::string_view text, bool form)
{
    std::string result;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '%') {
            result += form && text[at] == '+' ? ' ' : text[at];
            continue;
        }
        if (at + 2 >= text.size() || digit(text[at + 1]) < 0 || digit(text[at + 2]) < 0)
            return std::nullopt;
        result += static_cast<char>(digit(text[at + 1]) * 16 + digit(text[at + 2]));
        at += 2;
    }
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString checked = decoder.decode(QByteArrayView(result.data(), static_cast<qsizetype>(result.size())));
    if (decoder.hasError() || checked.contains(QChar(0)))
        return std::nullopt;
    return result;
}

void Router::add(std::string_view method, std::string_view path, std::size_t handler)
{
    const std::vector<std::string> segments = segmentsOf(path);
    const auto same = std::ranges::find(m_routes, segments, &Route::segments);
    Route &route = same != m_routes.end() ? *same : m_routes.emplace_back(Route{segments, {}});
    route.handlers.try_emplace(std::string(method), handler);
    std::ranges::stable_sort(m_routes, isBefore, &Route::segments);
}

Router::Match Router::find(std::string_view method, std::string_view path) const
{
    Match match;
    const std::vector<std::string> raw = segmentsOf(path);
    std::vector<std::string> segments;
    for (const std::string &segment : raw) {
        std::optional<std::string> decoded = percentDecoded(segment);
        if (!decoded)
            return match;
        segments.push_back(std::move(*decoded));
    }
    const auto fits = [](const std::string &pattern, const std::string &segment) {
        return isParameter(pattern) ? !segment.empty() : pattern == segment;
    };
    std::set<std::string> methods;
    for (const Route &route : m_routes) {
        if (!std::ranges::equal(route.segments, segments, fits))
            continue;
        match.isPath = true;
        for (const auto &[known, handler] : route.handlers)
            methods.insert(known);
        const auto found = route.handlers.find(method == "HEAD" ? std::string_view("GET") : method);
        if (found == route.handlers.end())
            continue; // another route may fit as well
        match.handler = found->second;
        for (std::size_t i = 0; i < segments.size(); ++i)
            if (isParameter(route.segments[i]))
                match.values.emplace(route.segments[i].substr(1, route.segments[i].size() - 2), segments[i]);
        return match;
    }
    if (methods.contains("GET"))
        methods.insert("HEAD");
    for (const std::string &known : methods)
        match.allow += (match.allow.empty() ? "" : ", ") + known;
    return match;
}

} // namespace mainstay::apphost
