// SPDX-License-Identifier: GPL-3.0-or-later
#include "look/system_scheme.h"

#include <QGuiApplication>
#include <QPalette>

namespace mainstay::look {

SystemScheme::SystemScheme(QObject *parent)
    : QObject(parent), m_guessed(QGuiApplication::palette().color(QPalette::Window).lightness() < 128)
{
    listen();
}

void SystemScheme::take(std::optional<bool> dark)
{
    if (dark == m_told)
        return;
    m_told = dark;
    Q_EMIT changed();
}

} // namespace mainstay::look
