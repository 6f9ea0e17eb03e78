// SPDX-License-Identifier: GPL-3.0-or-later
#include "look/appearance.h"

#include "look/style_sheet.h"

#include <QApplication>
#include <QStyleFactory>

namespace mainstay::look {

Appearance::Appearance(QObject *parent) : QObject(parent)
{
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    connect(&m_system, &SystemScheme::changed, this, &Appearance::apply);
    apply();
}

void Appearance::choose(Scheme scheme)
{
    m_scheme = scheme;
    apply();
}

void Appearance::apply()
{
    const bool dark = m_scheme == Scheme::system ? m_system.isDark() : m_scheme == Scheme::dark;
    const Colours &colours = dark ? darkColours() : lightColours();
    QApplication::setPalette(colours.palette());
    qApp->setStyleSheet(styleSheet(colours));
}

} // namespace mainstay::look
