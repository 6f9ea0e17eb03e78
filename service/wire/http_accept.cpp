// SPDX-License-Identifier: GPL-3.0-or-later
#include "wire/http_accept.h"

#include "wire/http_chars.h"

#include <algorithm>
#include <optional>

namespace mainstay::wire {

namespace {

constexpr std::uint16_t kFull = 1000;

// "0.5" as 500; nothing when it is no weight (RFC 9110 section 12.4.2).
std::optional<std::uint16_t> weightOf(std::string_view text) noexcept
{
    constexpr std::size_t kLongest = 5;
    if (text.empty() || text.size() > kLongest || (text[0] != '0' && text[0] != '1') ||
        (text.size() > 1 && text[1] != '.'))
        return std::nullopt;
    unsigned weight = text[0] == '1' ? kFull : 0;
    unsigned place = kFull / 10;
    for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
        if (c < '0' || c > '9')
            return std::nullopt;
        weight += static_cast<unsigned>(c - '0') * place;
        place /= 10;
    }
    return weight > kFull ? std::nullopt : std::optional(static_cast<std::uint16_t>(weight));
}

std::optional<Coding> codingOf(std::string_view name) noexcept
{
    if (equalsIgnoringCase(name, "gzip") || equalsIgnoringCase(name, "x-gzip"))
        return Coding::gzip;
    for (const Coding coding : {Coding::brotli, Coding::zstd}) {
        if (equalsIgnoringCase(name, codingName(coding)))
            return coding;
    }
    return equalsIgnoringCase(name, "identity") ? std::optional(Coding::identity) : std::nullopt;
}

} // namespace

std::string_view codingName(Coding coding) noexcept
{
    constexpr std::array<std::string_view, kCodings> kNames{"", "gzip", "br", "zstd"};
    return kNames[static_cast<std::size_t>(coding)];
}

AcceptedCodings::AcceptedCodings(std::string_view field) noexcept
{
    std::array<bool, kCodings> named{};
    std::optional<std::uint16_t> others;
    while (!field.empty()) {
        const std::string_view item = field.substr(0, field.find(','));
        field.remove_prefix(std::min(item.size() + 1, field.size()));
        const std::size_t semicolon = item.find(';');
        const std::string_view name = trimBlanks(item.substr(0, semicolon));
        std::uint16_t weight = kFull;
        if (semicolon != std::string_view::npos) {
            const std::string_view parameter = trimBlanks(item.substr(semicolon + 1));
            const auto given = parameter.size() > 2 && toLower(parameter[0]) == 'q' && parameter[1] == '='
                                   ? weightOf(parameter.substr(2))
                                   : std::nullopt;
            if (!given)
                continue;
            weight = *given;
        }
        if (name == "*") {
            others = weight;
        } else if (const auto coding = codingOf(name)) {
            m_weights[static_cast<std::size_t>(*coding)] = weight;
            named[static_cast<std::size_t>(*coding)] = true;
        }
    }
    for (std::size_t i = 0; i < kCodings; ++i) {
        if (!named[i] && others)
            m_weights[i] = *others;
        else if (!named[i] && static_cast<Coding>(i) == Coding::identity)
            m_weights[i] = 1; // taken, but for want of better
    }
}

Coding AcceptedCodings::best(std::span<const Coding> offered) const noexcept
{
    Coding best = Coding::identity;
    for (const Coding coding : offered) {
        const unsigned needed = best == Coding::identity ? std::max(weight(Coding::identity), 1U) : weight(best) + 1;
        if (weight(coding) >= needed)
            best = coding;
    }
    return best;
}

} // namespace mainstay::wire
