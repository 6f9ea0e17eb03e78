// SPDX-License-Identifier: GPL-3.0-or-later
// See access_line.h.
#include "logs/access_line.h"

#include <charconv>
#include <chrono>
#include <cstddef>

namespace mainstay::logs {
namespace {

constexpr bool isPlain(char c) noexcept
{
    return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

void appendEscaped(std::string &out, std::string_view text)
{
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::size_t start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (isPlain(text[i]))
            continue;
        out.append(text, start, i - start);
        const auto byte = static_cast<unsigned char>(text[i]);
        const char escape[] = {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
        out.append(escape, sizeof escape);
        start = i + 1;
    }
    out.append(text, start);
}

void appendOrDash(std::string &out, std::string_view text)
{
    if (text.empty())
        out += '-';
    else
        appendEscaped(out, text);
}

void appendNumber(std::string &out, std::uint64_t number)
{
    std::array<char, 20> digits;
    const char *end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

} // namespace

std::string_view AccessDate::at(std::int64_t seconds) noexcept
{
    using namespace std::chrono;
    const std::string_view text(m_text.data(), m_text.size());
    if (seconds == m_second)
        return text;
    m_second = seconds;
    const sys_seconds time{std::chrono::seconds(seconds)};
    const sys_days day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};

    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char *at = m_text.data();
    const auto put = [&at](std::string_view part) {
        for (const char c : part)
            *at++ = c;
    };
    const auto putTwoDigits = [&at](auto value) {
        *at++ = static_cast<char>('0' + value / 10);
        *at++ = static_cast<char>('0' + value % 10);
    };
    const int year = static_cast<int>(date.year());
    putTwoDigits(static_cast<unsigned>(date.day()));
    put("/");
    put(kMonths.substr((static_cast<unsigned>(date.month()) - 1) * std::size_t{3}, 3));
    put("/");
    putTwoDigits(year / 100 % 100);
    putTwoDigits(year % 100);
    put(":");
    putTwoDigits(clock.hours().count());
    put(":");
    putTwoDigits(clock.minutes().count());
    put(":");
    putTwoDigits(clock.seconds().count());
    put(" +0000");
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
