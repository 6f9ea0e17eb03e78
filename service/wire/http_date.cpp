// SPDX-License-Identifier: GPL-3.0-or-later
// See http_date.h.
#include "wire/http_date.h"

#include "wire/http_chars.h"

#include <chrono>
#include <cstring>

namespace mainstay::wire {
namespace {

constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};

// Takes a date apart from left to right; the first thing that is not as expected makes everything after it fail.
class DateReader {
public:
    explicit DateReader(std::string_view text) noexcept : m_text(text) {}

    void literal(std::string_view expected) noexcept
    {
        if (m_text.starts_with(expected))
            m_text.remove_prefix(expected.size());
        else
            m_ok = false;
    }
    unsigned number(std::size_t digits) noexcept
    {
        if (m_text.size() < digits || countLeading(m_text.substr(0, digits), kDigitChar) != digits) {
            m_ok = false;
            return 0;
        }
        unsigned value = 0;
        for (const char c : m_text.substr(0, digits))
            value = value * 10 + static_cast<unsigned>(c - '0');
        m_text.remove_prefix(digits);
        return value;
    }
    // 0 for the first of the three-letter names.
    unsigned shortName(std::string_view names) noexcept
    {
        const std::string_view name = m_text.substr(0, 3);
        for (std::size_t i = 0; name.size() == 3 && i < names.size(); i += 3) {
            if (names.substr(i, 3) == name) {
                m_text.remove_prefix(3);
                return static_cast<unsigned>(i / 3);
            }
        }
        m_ok = false;
        return 0;
    }
    bool longDay() noexcept
    {
        for (const std::string_view day : kLongDays) {
            if (m_text.starts_with(day) && m_text.substr(day.size()).starts_with(',')) {
                m_text.remove_prefix(day.size());
                return true;
            }
        }
        return false;
    }
    bool blank() noexcept
    {
        const bool found = m_text.starts_with(' ');
        m_text.remove_prefix(found ? 1 : 0);
        return found;
    }
    void timeOfDay(unsigned (&hms)[3]) noexcept
    {
        hms[0] = number(2);
        literal(":");
        hms[1] = number(2);
        literal(":");
        hms[2] = number(2);
    }
    [[nodiscard]] std::size_t left() const noexcept { return m_text.size(); }
    [[nodiscard]] bool done() const noexcept { return m_ok && m_text.empty(); }

private:
    std::string_view m_text;
    bool m_ok = true;
};

std::optional<std::int64_t> toSeconds(unsigned year, unsigned month, unsigned day, const unsigned (&hms)[3]) noexcept
{
    using namespace std::chrono;
    const year_month_day date{std::chrono::year(static_cast<int>(year)), std::chrono::month(month + 1),
                              std::chrono::day(day)};
    // A leap second is the last second of its minute to us.
    if (!date.ok() || hms[0] > 23 || hms[1] > 59 || hms[2] > 60)
        return std::nullopt;
    const std::int64_t days = sys_days(date).time_since_epoch().count();
    return ((days * 24 + hms[0]) * 60 + hms[1]) * 60 + (hms[2] == 60 ? 59 : hms[2]);
}

unsigned fullYear(unsigned lastTwoDigits, std::int64_t now) noexcept
{
    using namespace std::chrono;
    const year_month_day today{floor<days>(sys_seconds(seconds(now)))};
    const auto thisYear = static_cast<unsigned>(static_cast<int>(today.year()));
    const unsigned year = thisYear - thisYear % 100 + lastTwoDigits;
    return year > thisYear + 50 ? year - 100 : year;
}

} // namespace

std::array<char, kHttpDateLength> formatHttpDate(std::int64_t seconds) noexcept
{
    using namespace std::chrono;
    const sys_seconds time{std::chrono::seconds(seconds)};
    const sys_days dayPoint = floor<days>(time);
    const year_month_day date{dayPoint};
    const hh_mm_ss clock{time - dayPoint};

    std::array<char, kHttpDateLength> out;
    char *at = out.data();
    const auto put = [&at](std::string_view text) {
        std::memcpy(at, text.data(), text.size());
        at += text.size();
    };
    const auto putTwoDigits = [&at](unsigned value) {
        *at++ = static_cast<char>('0' + value / 10 % 10);
        *at++ = static_cast<char>('0' + value % 10);
    };
    const auto fullYear = static_cast<unsigned>(static_cast<int>(date.year()));
    put(kDays.substr(weekday(dayPoint).c_encoding() * std::size_t{3}, 3));
    put(", ");
    putTwoDigits(static_cast<unsigned>(date.day()));
    put(" ");
    put(kMonths.substr((static_cast<unsigned>(date.month()) - 1) * std::size_t{3}, 3));
    put(" ");
    putTwoDigits(fullYear / 100);
    putTwoDigits(fullYear % 100);
    put(" ");
    putTwoDigits(static_cast<unsigned>(clock.hours().count()));
    put(":");
    putTwoDigits(static_cast<unsigned>(clock.minutes().count()));
    put(":");
    putTwoDigits(static_cast<unsigned>(clock.seconds().count()));
    put(" GMT");
    return out;
}

std::optional<std::int64_t> parseHttpDate(std::string_view text, std::int64_t now) noexcept
{
    DateReader reader(text);
    unsigned year = 0;
    unsigned month = 0;
    unsigned day = 0;
    unsigned hms[3] = {};
    if (reader.longDay()) { // Sunday, 06-Nov-94 08:49:37 GMT
        reader.literal(", ");
        day = reader.number(2);
        reader.literal("-");
        month = reader.shortName(kMonths);
        reader.literal("-");
        year = fullYear(reader.number(2), now);
        reader.literal(" ");
        reader.timeOfDay(hms);
        reader.literal(" GMT");
    } else if (reader.left() == kHttpDateLength) { // Sun, 06 Nov 1994 08:49:37 GMT
        reader.shortName(kDays);
        reader.literal(", ");
        day = reader.number(2);
        reader.literal(" ");
        month = reader.shortName(kMonths);
        reader.literal(" ");
        year = reader.number(4);
        reader.literal(" ");
        reader.timeOfDay(hms);
        reader.literal(" GMT");
    } else { // Sun Nov  6 08:49:37 1994
        reader.shortName(kDays);
        reader.literal(" ");
        month = reader.shortName(kMonths);
        reader.literal(" ");
        day = reader.blank() ? reader.number(1) : reader.number(2);
        reader.literal(" ");
        reader.timeOfDay(hms);
        reader.literal(" ");
        year = reader.number(4);
    }
    return reader.done() ? toSeconds(year, month, day, hms) : std::nullopt;
}

} // namespace mainstay::wire
