// SPDX-License-Identifier: GPL-3.0-or-later
#include "logs/rotated_name.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <filesystem>

namespace mainstay::logs {
namespace {

constexpr std::string_view kPattern = "00000000T000000Z"; // 0: a digit
constexpr std::array<std::string_view, 3> kCodings{"", ".gz", ".zst"};

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isTime(std::string_view text)
{
    return text.size() == kPattern.size() &&
           std::equal(text.begin(), text.end(), kPattern.begin(),
                      [](char c, char wanted) { return wanted == '0' ? isDigit(c) : c == wanted; });
}

} // namespace

std::optional<RotatedName> parseRotatedName(std::string_view name, std::string_view log)
{
    if (!name.starts_with(log) || name.substr(log.size()).substr(0, 1) != ".")
        return std::nullopt;
    name.remove_prefix(log.size() + 1);
    RotatedName rotated;
    rotated.time = name.substr(0, kPattern.size());
    if (!isTime(rotated.time))
        return std::nullopt;
    name.remove_prefix(kPattern.size());
    if (name.starts_with('-')) {
        const char *end = name.data() + name.size();
        const auto [rest, error] = std::from_chars(name.data() + 1, end, rotated.number);
        if (error != std::errc() || rotated.number < 2)
            return std::nullopt;
        name = {rest, static_cast<std::size_t>(end - rest)};
    }
    rotated.coding = name;
    if (name.ends_with(".part"))
        name.remove_suffix(5);
    if (std::ranges::find(kCodings, name) == kCodings.end())
        return std::nullopt;
    return rotated;
}

std::string freeRotatedName(const std::string &log, WallTime now)
{
    const std::time_t seconds = WallClock::to_time_t(now);
    std::tm time{};
    ::gmtime_r(&seconds, &time);
    std::array<char, 32> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), ".%Y%m%dT%H%M%SZ", &time);
    const std::string first = log + std::string(text.data(), size);
    std::string name = first;
    std::error_code ignored;
    const auto isTaken = [&](std::string_view coding) {
        return std::filesystem::exists(std::filesystem::symlink_status(name + std::string(coding), ignored));
    };
    for (unsigned number = 2; std::ranges::any_of(kCodings, isTaken); ++number)
        name = first + "-" + std::to_string(number);
    return name;
}

} // namespace mainstay::logs
