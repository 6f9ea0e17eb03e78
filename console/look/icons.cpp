// SPDX-License-Identifier: GPL-3.0-or-later
#include "look/icons.h"

#include "look/colours.h"

#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPixmapCache>

#include <algorithm>
#include <cmath>

namespace mainstay::look {
namespace {

constexpr int kDrawnSize = 24;

// The picture made for that scale, or the next larger one.
QString fileOf(const QString &name, qreal scale)
{
    const int step = std::clamp(static_cast<int>(std::ceil(scale)), 1, 3);
    const QString suffix = step == 1 ? QString() : QStringLiteral("@%1x").arg(step);
    return QStringLiteral(":/icons/%1%2.png").arg(name, suffix);
}

class ShapeEngine : public QIconEngine {
public:
    ShapeEngine(QString name, models::Tone tone) : m_name(std::move(name)), m_tone(tone) {}

    void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override
    {
        const int size = std::min(rect.width(), rect.height());
        const QPixmap pixmap = tinted(m_name, colour(mode), size, painter->device()->devicePixelRatioF());
        painter->drawPixmap(rect.x() + (rect.width() - size) / 2, rect.y() + (rect.height() - size) / 2, pixmap);
    }

    QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State) override
    {
        return tinted(m_name, colour(mode), std::min(size.width(), size.height()), 1);
    }

    QPixmap scaledPixmap(const QSize &size, QIcon::Mode mode, QIcon::State, qreal scale) override
    {
        const int pixels = std::min(size.width(), size.height());
        return tinted(m_name, colour(mode), static_cast<int>(std::lround(pixels / scale)), scale);
    }

    [[nodiscard]] QIconEngine *clone() const override { return new ShapeEngine(m_name, m_tone); }

private:
    [[nodiscard]] QColor colour(QIcon::Mode mode) const
    {
        const QPalette palette = QGuiApplication::palette();
        if (mode == QIcon::Disabled)
            return palette.color(QPalette::Disabled, QPalette::ButtonText);
        return coloursOf(palette).of(m_tone);
    }

    const QString m_name;
    const models::Tone m_tone;
};

} // namespace

QIcon icon(const QString &name, models::Tone tone)
{
    return QIcon(new ShapeEngine(name, tone));
}

QString signOf(models::Tone tone)
{
    switch (tone) {
    case models::Tone::good:
        return QStringLiteral("good");
    case models::Tone::warning:
        return QStringLiteral("warning");
    case models::Tone::bad:
        return QStringLiteral("bad");
    case models::Tone::waiting:
        return QStringLiteral("waiting");
    case models::Tone::plain:
    case models::Tone::faint:
    case models::Tone::strong:
        break;
    }
    return {};
}

QPixmap tinted(const QString &name, const QColor &colour, int size, qreal scale)
{
    const QString key = QStringLiteral("%1 %2 %3 %4").arg(name, colour.name()).arg(size).arg(scale);
    QPixmap pixmap;
    if (QPixmapCache::find(key, &pixmap))
        return pixmap;
    const int pixels = static_cast<int>(std::lround(size * scale));
    QImage image = QImage(fileOf(name, size * scale / kDrawnSize))
                       .convertToFormat(QImage::Format_ARGB32)
                       .scaled(pixels, pixels, Qt::KeepAspectRatio, Qt::SmoothTransformation)
                       .convertToFormat(QImage::Format_ARGB32);
    // The shape is in the picture's opacity alone.
    for (int y = 0; y < image.height(); ++y) {
        auto *line = reinterpret_cast<QRgb *>(image.scanLine(y));
        std::transform(line, line + image.width(), line,
                       [&](QRgb pixel) { return qRgba(colour.red(), colour.green(), colour.blue(), qAlpha(pixel)); });
    }
    pixmap = QPixmap::fromImage(std::move(image));
    pixmap.setDevicePixelRatio(scale);
    QPixmapCache::insert(key, pixmap);
    return pixmap;
}

} // namespace mainstay::look
