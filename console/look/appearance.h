// SPDX-License-Identifier: GPL-3.0-or-later
// Light or dark: what the user chose, or what the desktop is.
#pragma once

#include "look/system_scheme.h"

#include <QObject>

#include <cstdint>

namespace mainstay::look {

enum class Scheme : std::uint8_t { system, light, dark };

// Interface thread. Sets the application's style, palette and style sheet; one for the whole program.
class Appearance : public QObject {
    Q_OBJECT

public:
    explicit Appearance(QObject *parent = nullptr);

    [[nodiscard]] Scheme scheme() const { return m_scheme; }
    void choose(Scheme scheme);

private:
    void apply();

    SystemScheme m_system;
    Scheme m_scheme = Scheme::system;
};

} // namespace mainstay::look
