// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/format.h"

#include <QDateTime>

#include <array>

namespace mainstay::cli {
namespace {

// Three figures, without a point after the third.
QString threeFigures(double value)
{
    return QString::number(value, 'f', value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
}

template <std::size_t N>
QString scaled(double value, double step, const std::array<const char *, N> &units)
{
    std::size_t unit = 0;
    while (unit + 1 < units.size() && value >= 999.5) {
        value /= step;
        ++unit;
    }
    const QString number = unit == 0 ? QString::number(value, 'f', 0) : threeFigures(value);
    return number + QString::fromUtf8(units[unit]);
}

} // namespace

QString countText(double count)
{
    if (count > 0 && count < 9.95)
        return QString::number(count, 'f', count == static_cast<double>(static_cast<int>(count)) ? 0 : 1);
    return scaled(count, 1000, std::array{"", "k", "M", "G", "T", "P"});
}

QString bytesText(double bytes)
{
    return scaled(bytes, 1024, std::array{" B", " KiB", " MiB", " GiB", " TiB", " PiB"});
}

QString latencyText(quint64 microseconds)
{
    const auto value = static_cast<double>(microseconds);
    if (value >= 59'950'000)
        return spanText(Seconds(microseconds / 1'000'000));
    return scaled(value, 1000, std::array{" µs", " ms", " s"});
}

QString spanText(Seconds span)
{
    const auto seconds = span.count();
    if (seconds < 60)
        return QStringLiteral("%1s").arg(seconds);
    if (seconds < 3600)
        return QStringLiteral("%1m %2s").arg(seconds / 60).arg(seconds % 60);
    if (seconds < 86'400)
        return QStringLiteral("%1h %2m").arg(seconds / 3600).arg(seconds % 3600 / 60);
    return QStringLiteral("%1d %2h").arg(seconds / 86'400).arg(seconds % 86'400 / 3600);
}

QString agoText(WallTime time, WallTime now)
{
    const auto span = std::chrono::duration_cast<Seconds>(now - time);
    return span.count() < 0 ? QStringLiteral("in ") + spanText(-span) : spanText(span) + QStringLiteral(" ago");
}

QString localTimeText(WallTime time)
{
    const auto milliseconds = std::chrono::duration_cast<Milliseconds>(time.time_since_epoch());
    return QDateTime::fromMSecsSinceEpoch(milliseconds.count()).toString(QStringLiteral("yyyy-MM-dd HH:mm:ss"));
}

} // namespace mainstay::cli
