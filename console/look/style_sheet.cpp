// SPDX-License-Identifier: GPL-3.0-or-later
#include "look/style_sheet.h"

#include <QHash>

namespace mainstay::look {
namespace {

// Distances are of the grid of spacing.h.
const char kSheet[] = R"(
QMainWindow, QDialog { background: @window; }
QToolTip { background: @tip; color: @onTip; border: 1px solid @line; padding: 4px 8px; }
QMenuBar { background: @side; border-bottom: 1px solid @line; }
QMenuBar::item { padding: 4px 8px; background: transparent; }
QMenuBar::item:selected { background: @selected; border-radius: 4px; }
QStatusBar { background: @side; border-top: 1px solid @line; }
QStatusBar::item { border: none; }

QFrame[look="card"] { background: @card; border: 1px solid @line; border-radius: 8px; }
QFrame[look="banner"] { background: @bannerBack; border: none; border-bottom: 1px solid @line; }
QLabel[look="muted"] { color: @muted; }

QListWidget[look="navigation"] { background: @side; border: none; border-right: 1px solid @line; padding: 8px; outline: none; }
QListWidget[look="navigation"]::item { height: 40px; padding-left: 8px; border-radius: 6px; color: @text; }
QListWidget[look="navigation"]::item:hover { background: @hover; }
QListWidget[look="navigation"]::item:selected { background: @selected; color: @text; }

QTreeView, QTableView, QListView[look="mono"] { background: @card; border: 1px solid @line; border-radius: 8px; outline: none;
    selection-background-color: @selected; selection-color: @text; }
QListView[look="mono"] { padding: 4px 6px; }
QTreeView:focus, QTableView:focus, QListView[look="mono"]:focus { border-color: @accent; }
QTreeView::item { height: 32px; border: none; padding: 0 5px; }
QTreeView::item:hover { background: @hover; }
QTreeView::item:selected { background: @selected; color: @text; }
QTableView { gridline-color: @line; }
QTableView::item { border: none; padding: 0 5px; }
QHeaderView { background: transparent; }
QHeaderView::section { background: @card; color: @muted; border: none; border-bottom: 1px solid @line; padding: 0 8px; height: 32px; }
QHeaderView::section:first, QHeaderView::section:only-one { border-top-left-radius: 7px; }
QHeaderView::section:last, QHeaderView::section:only-one { border-top-right-radius: 7px; }
QHeaderView::section:hover { color: @text; }
QHeaderView::up-arrow, QHeaderView::down-arrow { image: none; width: 0; height: 0; }
QTreeView[look="tree"] QHeaderView::section:first { padding-left: 24px; }
QTableCornerButton::section { background: @card; border: none; border-bottom: 1px solid @line; }

QPlainTextEdit { background: @card; border: 1px solid @line; border-radius: 8px; padding: 4px; }
QPlainTextEdit:focus { border-color: @accent; }

QPushButton { background: @button; border: 1px solid @line; border-radius: 6px; padding: 0 12px; min-height: 30px; color: @text; }
QPushButton:hover { background: @hover; }
QPushButton:pressed { background: @selected; }
QPushButton:focus { border-color: @accent; }
QPushButton:disabled { color: @disabled; background: @window; }
QPushButton:default { background: @accent; border-color: @accent; color: @onAccent; }
QPushButton:default:disabled { background: @window; border-color: @line; color: @disabled; }
QPushButton[look="flat"] { background: transparent; border: none; padding: 0 8px; min-height: 24px; }
QPushButton[look="flat"]:hover { background: @hover; }
QPushButton[look="flat"]:focus { background: @hover; }

QCheckBox { spacing: 8px; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid @muted; border-radius: 4px; background: @card; }
QCheckBox::indicator:hover, QCheckBox::indicator:focus { border-color: @accent; }
QCheckBox::indicator:checked { background: @accent; border-color: @accent; image: url(:/icons/tick-@shade.png); }
QCheckBox::indicator:disabled { border-color: @line; }
QCheckBox:disabled { color: @disabled; }

QSplitter::handle { background: transparent; }
QScrollBar:vertical { background: transparent; width: 12px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 12px; margin: 2px; }
QScrollBar::handle { background: @scroll; border-radius: 4px; min-height: 32px; min-width: 32px; }
QScrollBar::handle:hover { background: @muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
)";

} // namespace

QString styleSheet(const Colours &colours)
{
    const QHash<QString, QColor> names{
        {QStringLiteral("window"), colours.window},
        {QStringLiteral("side"), colours.side},
        {QStringLiteral("card"), colours.card},
        {QStringLiteral("line"), colours.line},
        {QStringLiteral("text"), colours.text},
        {QStringLiteral("muted"), colours.muted},
        {QStringLiteral("accent"), colours.accent},
        {QStringLiteral("onAccent"), colours.onAccent},
        {QStringLiteral("button"), colours.dark ? colours.raised : colours.card},
        {QStringLiteral("hover"), between(colours.card, colours.accent, 0.08)},
        {QStringLiteral("selected"), between(colours.card, colours.accent, 0.2)},
        {QStringLiteral("scroll"), between(colours.card, colours.muted, 0.4)},
        {QStringLiteral("disabled"), between(colours.text, colours.window, 0.6)},
        {QStringLiteral("bannerBack"), between(colours.card, colours.warning, 0.14)},
        {QStringLiteral("tip"), colours.dark ? colours.raised : colours.text},
        {QStringLiteral("onTip"), colours.dark ? colours.text : colours.card},
    };
    // Not a colour: the name of a picture.
    const QString shade = colours.dark ? QStringLiteral("dark") : QStringLiteral("light");
    QString sheet;
    const QString pattern = QString::fromUtf8(kSheet).replace(QStringLiteral("@shade"), shade);
    for (qsizetype at = 0; at < pattern.size();) {
        const qsizetype mark = pattern.indexOf(QLatin1Char('@'), at);
        if (mark < 0)
            return sheet + pattern.mid(at);
        sheet += pattern.mid(at, mark - at);
        qsizetype end = mark + 1;
        while (end < pattern.size() && pattern[end].isLetter())
            ++end;
        sheet += names.value(pattern.mid(mark + 1, end - mark - 1)).name();
        at = end;
    }
    return sheet;
}

} // namespace mainstay::look
