// SPDX-License-Identifier: GPL-3.0-or-later
// Values of the protocol as people read them, in their language.
#pragma once

#include "base/clock.h"
#include "models/row.h"
#include "rpc/status_methods.h"

#include <QString>

#include <optional>
#include <string>
#include <vector>

namespace mainstay::models {

[[nodiscard]] inline QString text(const std::string &from)
{
    return QString::fromStdString(from);
}

// What a tooltip, which takes some texts for HTML, shows as this text.
[[nodiscard]] QString toolTipOf(const QString &text);
// "987", "12.3k": three figures; "-" when unknown.
[[nodiscard]] QString rateText(double perSecond);
// "1.5 MiB"; "-" when unknown.
[[nodiscard]] QString memoryText(double bytes);
// "850 µs", "1.25 ms"; "-" when unknown.
[[nodiscard]] QString durationText(double microseconds);
// "12.5 %"
[[nodiscard]] QString percentText(double percent);
// "3 s ago", "5 min ago"; empty for never.
[[nodiscard]] QString agoText(std::optional<WallTime> time, WallTime now);
// "45 s", "12 min", "5 h 2 min", "3 d 4 h".
[[nodiscard]] QString spanText(Seconds span);
[[nodiscard]] QString joined(const std::vector<std::string> &texts);

[[nodiscard]] QString label(config::ServerState state);
[[nodiscard]] QString label(rpc::ServerHealth health);
[[nodiscard]] QString label(rpc::DatabaseHealth health);
[[nodiscard]] QString label(rpc::InstanceState state);
[[nodiscard]] QString label(rpc::ServiceState state);
[[nodiscard]] QString label(rpc::FileChange change);

[[nodiscard]] Tone toneOf(config::ServerState state);
[[nodiscard]] Tone toneOf(rpc::ServerHealth health);
[[nodiscard]] Tone toneOf(rpc::DatabaseHealth health);
[[nodiscard]] Tone toneOf(rpc::InstanceState state);
[[nodiscard]] Tone toneOf(rpc::ServiceState state);

} // namespace mainstay::models
