// SPDX-License-Identifier: GPL-3.0-or-later
// Colours the words, texts, numbers and comments of SQL.
#pragma once

#include <QPlainTextEdit>
#include <QSyntaxHighlighter>

namespace mainstay::pages {

// Interface thread. Belongs to the editor's document, and follows its palette.
class SqlColours : public QSyntaxHighlighter {
    Q_OBJECT

public:
    explicit SqlColours(QPlainTextEdit &editor);

protected:
    void highlightBlock(const QString &text) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    QPlainTextEdit &m_editor;
};

} // namespace mainstay::pages
