// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/words.h"

#include "cli/format.h"

#include <QCoreApplication>
#include <QStringList>

#include <cmath>

namespace mainstay::models {
namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("Words", text);
}

const QString kDash = QStringLiteral("–");

// Labels are marked for translation where the enumerators are declared.
template <class E>
QString labelOf(E value, const char *context)
{
    for (const auto &enumerator : enumerators(E())) {
        if (enumerator.value == value)
            return QCoreApplication::translate(context, enumerator.label);
    }
    return {};
}

} // namespace

QString toolTipOf(const QString &text)
{
    // What has none of these is not taken for HTML; see Qt::mightBeRichText().
    if (!text.contains(QLatin1Char('<')) && !text.contains(QLatin1String("&lt;")))
        return text;
    return QStringLiteral("<p style=\"white-space:pre-wrap\">%1</p>").arg(text.toHtmlEscaped());
}

QString rateText(double perSecond)
{
    return std::isnan(perSecond) ? kDash : cli::countText(perSecond);
}

QString memoryText(double bytes)
{
    return std::isnan(bytes) ? kDash : cli::bytesText(bytes);
}

QString durationText(double microseconds)
{
    return std::isnan(microseconds) ? kDash : cli::latencyText(static_cast<quint64>(std::max(0.0, microseconds)));
}

QString percentText(double percent)
{
    return std::isnan(percent) ? kDash : QStringLiteral("%1 %").arg(percent, 0, 'f', percent < 99.95 ? 1 : 0);
}

QString spanText(Seconds span)
{
    const auto seconds = span.count();
    if (seconds < 60)
        return tr("%1 s").arg(seconds);
    if (seconds < 3600)
        return tr("%1 min").arg(seconds / 60);
    if (seconds < 86'400)
        return tr("%1 h %2 min").arg(seconds / 3600).arg(seconds % 3600 / 60);
    return tr("%1 d %2 h").arg(seconds / 86'400).arg(seconds % 86'400 / 3600);
}

QString agoText(std::optional<WallTime> time, WallTime now)
{
    if (!time)
        return {};
    const auto span = std::chrono::duration_cast<Seconds>(now - *time);
    return span < Seconds(1) ? tr("just now") : tr("%1 ago").arg(spanText(span));
}

QString joined(const std::vector<std::string> &texts)
{
    QStringList list;
    for (const std::string &each : texts)
        list << text(each);
    return list.join(QStringLiteral(", "));
}

QString label(config::ServerState state)
{
    return labelOf(state, "Config");
}

QString label(rpc::ServerHealth health)
{
    return labelOf(health, "Rpc");
}

QString label(rpc::DatabaseHealth health)
{
    return labelOf(health, "Rpc");
}

QString label(rpc::InstanceState state)
{
    return labelOf(state, "Rpc");
}

QString label(rpc::ServiceState state)
{
    return labelOf(state, "Rpc");
}

QString label(rpc::FileChange change)
{
    return labelOf(change, "Rpc");
}

Tone toneOf(config::ServerState state)
{
    return state == config::ServerState::ready ? Tone::plain : Tone::warning;
}

Tone toneOf(rpc::ServerHealth health)
{
    switch (health) {
    case rpc::ServerHealth::up:
        return Tone::good;
    case rpc::ServerHealth::down:
        return Tone::bad;
    case rpc::ServerHealth::unknown:
        break;
    }
    return Tone::waiting;
}

Tone toneOf(rpc::DatabaseHealth health)
{
    switch (health) {
    case rpc::DatabaseHealth::up:
        return Tone::good;
    case rpc::DatabaseHealth::down:
        return Tone::bad;
    case rpc::DatabaseHealth::unknown:
        break;
    }
    return Tone::waiting;
}

Tone toneOf(rpc::InstanceState state)
{
    switch (state) {
    case rpc::InstanceState::ready:
        return Tone::good;
    case rpc::InstanceState::starting:
    case rpc::InstanceState::stopping:
        return Tone::waiting;
    case rpc::InstanceState::unready:
    case rpc::InstanceState::waiting:
        return Tone::warning;
    case rpc::InstanceState::failed:
        break;
    }
    return Tone::bad;
}

Tone toneOf(rpc::ServiceState state)
{
    return state == rpc::ServiceState::serving ? Tone::good : Tone::waiting;
}

} // namespace mainstay::models
