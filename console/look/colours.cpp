// SPDX-License-Identifier: GPL-3.0-or-later
#include "look/colours.h"

namespace mainstay::look {

const Colours &lightColours()
{
    static const Colours kLight{false,
                                QColor(0xf3f5f8),
                                QColor(0xe9edf2),
                                QColor(0xffffff),
                                QColor(0xf6f8fa),
                                QColor(0xdde2e9),
                                QColor(0x1c2530),
                                QColor(0x5f6b7a),
                                QColor(0x0b6e8a),
                                QColor(0xffffff),
                                QColor(0x1d8348),
                                QColor(0xa86200),
                                QColor(0xc0332c),
                                QColor(0x7a5cc4),
                                QColor(0x16857c),
                                QColor(0xb9770e)};
    return kLight;
}

const Colours &darkColours()
{
    static const Colours kDark{true,
                               QColor(0x14181d),
                               QColor(0x0f1317),
                               QColor(0x1c2127),
                               QColor(0x262d35),
                               QColor(0x2e363f),
                               QColor(0xe3e7ec),
                               QColor(0x93a0ae),
                               QColor(0x4fb3d0),
                               QColor(0x0c1216),
                               QColor(0x55c285),
                               QColor(0xe3a94a),
                               QColor(0xf07a72),
                               QColor(0xa994ec),
                               QColor(0x4fc4b8),
                               QColor(0xe0aa4f)};
    return kDark;
}

const Colours &coloursOf(const QPalette &palette)
{
    return palette.color(QPalette::Window).lightness() < 128 ? darkColours() : lightColours();
}

QColor between(const QColor &from, const QColor &to, double share)
{
    const auto mix = [share](int a, int b) { return static_cast<int>(a + (b - a) * share + 0.5); };
    return {mix(from.red(), to.red()), mix(from.green(), to.green()), mix(from.blue(), to.blue())};
}

QColor Colours::of(models::Tone tone) const
{
    switch (tone) {
    case models::Tone::good:
        return good;
    case models::Tone::warning:
        return warning;
    case models::Tone::bad:
        return bad;
    case models::Tone::waiting:
        return accent;
    case models::Tone::faint:
        return muted;
    case models::Tone::plain:
    case models::Tone::strong:
        break;
    }
    return text;
}

QPalette Colours::palette() const
{
    QPalette palette;
    palette.setColor(QPalette::Window, window);
    palette.setColor(QPalette::WindowText, text);
    palette.setColor(QPalette::Base, card);
    palette.setColor(QPalette::AlternateBase, raised);
    palette.setColor(QPalette::Text, text);
    palette.setColor(QPalette::PlaceholderText, muted);
    palette.setColor(QPalette::Button, dark ? raised : card);
    palette.setColor(QPalette::ButtonText, text);
    palette.setColor(QPalette::BrightText, bad);
    palette.setColor(QPalette::ToolTipBase, dark ? raised : text);
    palette.setColor(QPalette::ToolTipText, dark ? text : card);
    palette.setColor(QPalette::Highlight, accent);
    palette.setColor(QPalette::HighlightedText, onAccent);
    palette.setColor(QPalette::Link, accent);
    palette.setColor(QPalette::LinkVisited, accent);
    palette.setColor(QPalette::Light, raised);
    palette.setColor(QPalette::Midlight, raised);
    palette.setColor(QPalette::Mid, line);
    palette.setColor(QPalette::Dark, line);
    palette.setColor(QPalette::Shadow, dark ? QColor(Qt::black) : muted);
    const QColor disabled = between(text, window, 0.6);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(QPalette::Disabled, role, disabled);
    palette.setColor(QPalette::Disabled, QPalette::Highlight, line);
    palette.setColor(QPalette::Disabled, QPalette::HighlightedText, disabled);
    return palette;
}

} // namespace mainstay::look
