// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/rate_limit.h"

#include "config/http_values.h"

#include <array>
#include <charconv>
#include <optional>

namespace mainstay::config {

namespace {

struct Period {
    char letter;
    Milliseconds length;
};

constexpr std::array kPeriods{
    Period{'s', std::chrono::seconds(1)},
    Period{'m', std::chrono::minutes(1)},
    Period{'h', std::chrono::hours(1)},
    Period{'d', std::chrono::hours(24)},
};
constexpr std::uint32_t kMost = 1'000'000;

std::optional<std::uint32_t> takeNumber(std::string_view &text)
{
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number == 0 || number > kMost || text.front() == '0')
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

bool takeWord(std::string_view &text, std::string_view word)
{
    if (!text.starts_with(word))
        return false;
    text.remove_prefix(word.size());
    return true;
}

std::optional<RateLimit> read(std::string_view text)
{
    RateLimit limit;
    const auto count = text.empty() ? std::nullopt : takeNumber(text);
    if (!count || text.size() < 2 || text[0] != '/')
        return std::nullopt;
    limit.count = *count;
    for (const Period &period : kPeriods)
        limit.period = period.letter == text[1] ? period.length : limit.period;
    text.remove_prefix(2);
    if (takeWord(text, " burst ")) {
        const auto burst = text.empty() ? std::nullopt : takeNumber(text);
        if (!burst)
            return std::nullopt;
        limit.burst = *burst;
    }
    if (takeWord(text, " by header "))
        limit.key = RateLimit::Key::header;
    else if (takeWord(text, " by cookie "))
        limit.key = RateLimit::Key::cookie;
    if (limit.key != RateLimit::Key::client) {
        // The names of cookies are tokens as those of fields are (RFC 6265 section 4.1.1).
        const auto name = FieldMatch::parse(text);
        if (!name || name->kind != NamedMatch::Kind::present)
            return std::nullopt;
        limit.name = name->name;
        text = {};
    }
    if (!text.empty() || limit.period == Milliseconds{0})
        return std::nullopt;
    return limit;
}

} // namespace

Result<RateLimit> RateLimit::parse(std::string_view text)
{
    if (auto limit = read(text))
        return std::move(*limit);
    return fail("rate-limit.malformed", "`" + std::string(text) + "` does not say how often",
                "write \"10/s\", \"100/m burst 20\" or \"1000/h by header X-API-Key\": up to a million in a second "
                "(s), minute (m), hour (h) or day (d)");
}

std::string RateLimit::text() const
{
    std::string text = std::to_string(count) + '/';
    for (const Period &one : kPeriods) {
        if (one.length == period)
            text += one.letter;
    }
    if (burst != 0)
        text += " burst " + std::to_string(burst);
    if (key != Key::client)
        text += (key == Key::header ? " by header " : " by cookie ") + name;
    return text;
}

} // namespace mainstay::config
