// SPDX-License-Identifier: GPL-3.0-or-later
// A page that shows what is in a folder.
#pragma once

#include "engine/task.h"
#include "http/exchange.h"
#include "http/file_source.h"

#include <string_view>

namespace mainstay::http {

// Worker thread. Answers with the folder of the route's root, whose path ends with a slash: its folders, then its
// files, each by name, without those that are hidden. Shows so many at the most, and says when there are more.
engine::Task<> answerListing(Exchange &exchange, std::string_view folder);

// What to answer where there is no file to send: 403, 404 or 500.
[[nodiscard]] unsigned statusFor(OpenStatus status) noexcept;

} // namespace mainstay::http
