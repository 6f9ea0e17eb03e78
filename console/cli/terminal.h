// SPDX-License-Identifier: GPL-3.0-or-later
// The terminal behind standard output: whether it is one, how large, and a full screen on it.
#pragma once

#include <QString>
#include <QStringList>

#include <cstdio>
#include <memory>

namespace mainstay::cli {

[[nodiscard]] bool isTerminal(std::FILE *file);

struct TerminalSize {
    int columns = 80;
    int rows = 24;
};
[[nodiscard]] TerminalSize terminalSize();

// The alternate screen, without cursor, echo and line editing, as long as the object lives or until leave().
class FullScreen {
public:
    FullScreen();
    ~FullScreen();
    FullScreen(const FullScreen &) = delete;
    FullScreen &operator=(const FullScreen &) = delete;

    void enter();
    void leave();
    // Draws over what was there, cut to the terminal's size, in one write: nothing flickers.
    void draw(const QStringList &lines);

private:
    struct Saved;
    std::unique_ptr<Saved> m_saved; // null outside
};

// The first `columns` characters a reader sees; codes of colours count for nothing.
[[nodiscard]] QString cutToWidth(const QString &line, int columns);

} // namespace mainstay::cli
