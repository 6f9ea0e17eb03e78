// SPDX-License-Identifier: GPL-3.0-or-later
#include "look/fonts.h"

#include <QFontDatabase>
#include <QGuiApplication>

namespace mainstay::look {
namespace {

QFont scaled(double factor, QFont::Weight weight)
{
    QFont font = QGuiApplication::font();
    if (font.pointSizeF() > 0)
        font.setPointSizeF(font.pointSizeF() * factor);
    else
        font.setPixelSize(static_cast<int>(font.pixelSize() * factor + 0.5));
    font.setWeight(weight);
    return font;
}

} // namespace

QFont titleFont()
{
    return scaled(1.5, QFont::DemiBold);
}

QFont figureFont()
{
    return scaled(1.4, QFont::DemiBold);
}

QFont smallFont()
{
    return scaled(0.85, QFont::Normal);
}

QFont strongFont()
{
    return scaled(1, QFont::DemiBold);
}

QFont monoFont()
{
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    if (const double size = QGuiApplication::font().pointSizeF(); size > 0)
        font.setPointSizeF(size);
    return font;
}

} // namespace mainstay::look
