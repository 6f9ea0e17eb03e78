// SPDX-License-Identifier: GPL-3.0-or-later
// Text in columns, in colour where that helps.
#pragma once

#include <QString>
#include <QStringList>

#include <utility>
#include <vector>

namespace mainstay::cli {

enum class Style { plain, good, warning, bad, faint, strong };

struct Cell {
    QString text;
    Style style = Style::plain;

    Cell(QString cellText, Style cellStyle = Style::plain) : text(std::move(cellText)), style(cellStyle) {} // NOLINT
    static Cell of(const std::string &text, Style style = Style::plain)
    {
        return {QString::fromStdString(text), style};
    }
};

enum class Align { left, right };

struct Column {
    QString title;
    Align align = Align::left;
};

class Table {
public:
    explicit Table(std::vector<Column> columns) : m_columns(std::move(columns)) {}

    void add(std::vector<Cell> row) { m_rows.push_back(std::move(row)); }
    [[nodiscard]] bool isEmpty() const { return m_rows.empty(); }
    // Lines without ends, the titles first. No trailing spaces.
    [[nodiscard]] QStringList lines(bool colour) const;

private:
    std::vector<Column> m_columns;
    std::vector<std::vector<Cell>> m_rows;
};

// With the terminal's codes around it when `colour`. Control characters of the text become visible.
[[nodiscard]] QString styled(const QString &text, Style style, bool colour);
// What a terminal would obey is shown as � instead.
[[nodiscard]] QString harmless(QString text);

} // namespace mainstay::cli
