// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/table.h"

#include <algorithm>

namespace mainstay::cli {
namespace {

const char *codeOf(Style style)
{
    switch (style) {
    case Style::plain:
        return "";
    case Style::good:
        return "\x1b[32m";
    case Style::warning:
        return "\x1b[33m";
    case Style::bad:
        return "\x1b[1;31m";
    case Style::faint:
        return "\x1b[2m";
    case Style::strong:
        return "\x1b[1m";
    }
    return "";
}

} // namespace

QString harmless(QString text)
{
    for (QChar &c : text) {
        if (c.category() == QChar::Other_Control || c.category() == QChar::Other_Format)
            c = QChar::ReplacementCharacter;
    }
    return text;
}

QString styled(const QString &text, Style style, bool colour)
{
    QString safe = harmless(text);
    if (!colour || style == Style::plain || safe.isEmpty())
        return safe;
    return QLatin1String(codeOf(style)) + safe + QLatin1String("\x1b[0m");
}

QStringList Table::lines(bool colour) const
{
    std::vector<qsizetype> widths;
    std::vector<Cell> titles;
    for (const Column &column : m_columns) {
        titles.emplace_back(column.title, Style::faint);
        widths.push_back(column.title.size());
    }
    for (const auto &row : m_rows) {
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].text.size());
    }

    const auto lineOf = [&](const std::vector<Cell> &row) {
        QString line;
        qsizetype owed = 0; // spaces due before the next text
        for (std::size_t i = 0; i < row.size(); ++i) {
            const qsizetype pad = widths[i] - row[i].text.size();
            const bool right = m_columns[i].align == Align::right;
            if (right)
                owed += pad;
            if (!row[i].text.isEmpty()) {
                line += QString(owed, QLatin1Char(' ')) + styled(row[i].text, row[i].style, colour);
                owed = 0;
            }
            owed += (right ? 0 : pad) + 2;
        }
        return line;
    };
    QStringList lines{lineOf(titles)};
    for (const auto &row : m_rows)
        lines << lineOf(row);
    return lines;
}

} // namespace mainstay::cli
