// SPDX-License-Identifier: GPL-3.0-or-later
// Edit distance with exchanged neighbours (optimal string alignment).
#include "schema/near_miss.h"

#include <algorithm>
#include <array>

namespace mainstay::schema {
namespace {

constexpr std::size_t kMaxWord = 64;
constexpr std::size_t kMaxListed = 12;

std::string plain(std::string_view word)
{
    std::string text(word);
    for (char &c : text) {
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
        else if (c == '-')
            c = '_';
    }
    return text;
}

std::size_t distance(std::string_view a, std::string_view b)
{
    using Row = std::array<std::size_t, kMaxWord + 1>;
    Row before{}, previous{}, current{};
    for (std::size_t j = 0; j <= b.size(); ++j)
        previous[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            current[j] = std::min({previous[j] + 1, current[j - 1] + 1, changed});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                current[j] = std::min(current[j], before[j - 2] + 1);
        }
        before = previous;
        previous = current;
    }
    return previous[b.size()];
}

} // namespace

std::string nearMiss(std::string_view word, const std::vector<std::string_view> &candidates)
{
    if (word.size() > kMaxWord || candidates.size() > kMaxCandidates)
        return {};
    const std::string wanted = plain(word);
    std::string_view best;
    std::size_t bestDistance = wanted.size() < 2 ? 1 : wanted.size() < 6 ? 2 : 3;
    for (const std::string_view candidate : candidates) {
        const std::size_t longer = std::max(candidate.size(), wanted.size());
        const std::size_t shorter = std::min(candidate.size(), wanted.size());
        if (candidate.size() > kMaxWord || longer - shorter >= bestDistance)
            continue;
        const std::size_t edits = distance(wanted, plain(candidate));
        if (edits < bestDistance && edits < candidate.size()) {
            bestDistance = edits;
            best = candidate;
        }
    }
    return std::string(best);
}

std::string suggestion(std::string_view word, const std::vector<std::string_view> &candidates)
{
    if (const std::string meant = nearMiss(word, candidates); !meant.empty())
        return "did you mean `" + meant + "`?";
    if (candidates.empty() || candidates.size() > kMaxListed)
        return {};
    std::string known;
    for (const std::string_view candidate : candidates)
        known += (known.empty() ? "`" : ", `") + std::string(candidate) + "`";
    return "known: " + known;
}

} // namespace mainstay::schema
