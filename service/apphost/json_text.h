// SPDX-License-Identifier: GPL-3.0-or-later
// Values of a database as JSON text, written at once: no tree is built.
#pragma once

#include "databases/rows.h"

#include <QVariant>

#include <string>
#include <string_view>

namespace mainstay::apphost {

// Any thread, all of them. They append.

// In quotes.
void appendJsonString(std::string &out, std::string_view text);
// Numbers keep all their digits; bytes are base64, dates ISO 8601.
void appendJsonValue(std::string &out, const QVariant &value, const databases::Column &column);

} // namespace mainstay::apphost
