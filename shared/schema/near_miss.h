// SPDX-License-Identifier: GPL-3.0-or-later
// What somebody probably meant to write.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mainstay::schema {

// Among more, a guess takes too long for the many words that may be wrong at once, and none is made.
constexpr std::size_t kMaxCandidates = 5000;

// The candidate that one slip or two away gives `word`: a letter wrong, missing, too many or two exchanged, in words
// long enough for that to mean anything. Letter case and "-" for "_" do not count. Empty when none is near.
[[nodiscard]] std::string nearMiss(std::string_view word, const std::vector<std::string_view> &candidates);

// "did you mean `balance`?", or else "known: `a`, `b`" when they are few, or nothing.
[[nodiscard]] std::string suggestion(std::string_view word, const std::vector<std::string_view> &candidates);

} // namespace mainstay::schema
