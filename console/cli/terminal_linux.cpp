// SPDX-License-Identifier: GPL-3.0-or-later
// Terminals by termios(3) and the control sequences xterm made common (ECMA-48).
#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace mainstay::cli {
namespace {

void writeAll(const QByteArray &bytes)
{
    std::fwrite(bytes.constData(), 1, static_cast<std::size_t>(bytes.size()), stdout);
    std::fflush(stdout);
}

} // namespace

struct FullScreen::Saved {
    termios settings{};
    bool hasSettings = false;
};

bool isTerminal(std::FILE *file)
{
    return isatty(fileno(file)) != 0;
}

TerminalSize terminalSize()
{
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || size.ws_row == 0)
        return {};
    return {size.ws_col, size.ws_row};
}

FullScreen::FullScreen()
{
    enter();
}

FullScreen::~FullScreen()
{
    leave();
}

void FullScreen::enter()
{
    if (m_saved)
        return;
    m_saved = std::make_unique<Saved>();
    m_saved->hasSettings = tcgetattr(STDIN_FILENO, &m_saved->settings) == 0;
    if (m_saved->hasSettings) {
        termios quiet = m_saved->settings;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
        tcsetattr(STDIN_FILENO, TCSADRAIN, &quiet);
    }
    writeAll("\x1b[?1049h\x1b[?25l\x1b[2J");
}

void FullScreen::leave()
{
    if (!m_saved)
        return;
    writeAll("\x1b[?25h\x1b[?1049l");
    if (m_saved->hasSettings)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &m_saved->settings);
    m_saved.reset();
}

void FullScreen::draw(const QStringList &lines)
{
    const TerminalSize size = terminalSize();
    QByteArray frame = "\x1b[H";
    const qsizetype rows = qMin<qsizetype>(lines.size(), size.rows);
    for (qsizetype row = 0; row < rows; ++row)
        frame += (row == 0 ? "" : "\r\n") + cutToWidth(lines[row], size.columns).toUtf8() + "\x1b[K";
    writeAll(frame + "\x1b[J");
}

QString cutToWidth(const QString &line, int columns)
{
    QString cut;
    bool inCode = false;
    int seen = 0;
    for (const QChar c : line) {
        if (c == QChar(0x1b))
            inCode = true;
        // Codes go on to the end: the last one switches the colour off.
        if (inCode || seen < columns)
            cut += c;
        if (!inCode)
            ++seen;
        else if (c.isLetter())
            inCode = false;
    }
    return cut;
}

} // namespace mainstay::cli
