// SPDX-License-Identifier: GPL-3.0-or-later
// The configuration's description as JSON Schema (draft 2020-12), for editors and rpc.discover.
#pragma once

#include <QJsonObject>

namespace mainstay::schema {

// Any thread. Beyond the standard's keywords: "x-unit", "x-reference" (the kind of object named), "x-restart" (a change
// takes effect when the service starts again), and "x-minimum" and "x-maximum" for durations and sizes, which are text.
[[nodiscard]] QJsonObject configurationSchema();

} // namespace mainstay::schema
