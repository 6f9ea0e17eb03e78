// SPDX-License-Identifier: GPL-3.0-or-later
// The combined format and the dates; line_format.cpp has the others.
#include "logs/access_line.h"

#include "logs/escaping.h"

#include <chrono>
#include <cstddef>

namespace mainstay::logs {
namespace {

// Puts text and numbers of fixed width into memory that has room for them.
class FixedText {
public:
    explicit FixedText(char *at) : m_at(at) {}

    FixedText &put(std::string_view part)
    {
        for (const char c : part)
            *m_at++ = c;
        return *this;
    }
    template <class Value>
    FixedText &twoDigits(Value value)
    {
        *m_at++ = static_cast<char>('0' + value / 10);
        *m_at++ = static_cast<char>('0' + value % 10);
        return *this;
    }

private:
    char *m_at;
};

struct CalendarTime {
    explicit CalendarTime(std::int64_t sinceEpoch)
    {
        using namespace std::chrono;
        const sys_seconds time{std::chrono::seconds(sinceEpoch)};
        const sys_days days = floor<std::chrono::days>(time);
        const year_month_day date{days};
        const hh_mm_ss clock{time - days};
        year = static_cast<int>(date.year());
        month = static_cast<unsigned>(date.month());
        day = static_cast<unsigned>(date.day());
        hours = clock.hours().count();
        minutes = clock.minutes().count();
        seconds = clock.seconds().count();
    }

    int year;
    unsigned month;
    unsigned day;
    std::int64_t hours;
    std::int64_t minutes;
    std::int64_t seconds;
};

} // namespace

std::string_view AccessDate::at(std::int64_t seconds) noexcept
{
    const std::string_view text(m_text.data(), m_text.size());
    if (seconds == m_second)
        return text;
    m_second = seconds;
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const CalendarTime time(seconds);
    FixedText(m_text.data())
        .twoDigits(time.day)
        .put("/")
        .put(kMonths.substr((time.month - 1) * std::size_t{3}, 3))
        .put("/")
        .twoDigits(time.year / 100 % 100)
        .twoDigits(time.year % 100)
        .put(":")
        .twoDigits(time.hours)
        .put(":")
        .twoDigits(time.minutes)
        .put(":")
        .twoDigits(time.seconds)
        .put(" +0000");
    return text;
}

std::string_view AccessDate::isoAt(std::int64_t seconds) noexcept
{
    const std::string_view text(m_iso.data(), m_iso.size());
    if (seconds == m_isoSecond)
        return text;
    m_isoSecond = seconds;
    const CalendarTime time(seconds);
    FixedText(m_iso.data())
        .twoDigits(time.year / 100 % 100)
        .twoDigits(time.year % 100)
        .put("-")
        .twoDigits(time.month)
        .put("-")
        .twoDigits(time.day)
        .put("T")
        .twoDigits(time.hours)
        .put(":")
        .twoDigits(time.minutes)
        .put(":")
        .twoDigits(time.seconds);
    return text;
}

void appendCombined(std::string &out, const AccessRecord &record, std::string_view date)
{
    record.client.appendTo(out);
    out += " - ";
    appendOrDash(out, record.user);
    out += " [";
    out += date;
    out += "] \"";
    if (record.method.empty()) {
        appendOrDash(out, record.refusedLine);
    } else {
        appendEscaped(out, record.method);
        out += ' ';
        appendEscaped(out, record.target);
        out += ' ';
        appendEscaped(out, record.protocol);
    }
    out += "\" ";
    appendNumber(out, record.status);
    out += ' ';
    appendNumber(out, record.bytes);
    out += " \"";
    appendOrDash(out, record.referer);
    out += "\" \"";
    appendOrDash(out, record.userAgent);
    if (!record.requestId.empty()) {
        out += "\" \"";
        appendEscaped(out, record.requestId);
    }
    out += "\"\n";
}

} // namespace mainstay::logs
