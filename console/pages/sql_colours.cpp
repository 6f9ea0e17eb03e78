// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/sql_colours.h"

#include "look/colours.h"

#include <QEvent>
#include <QRegularExpression>

namespace mainstay::pages {

SqlColours::SqlColours(QPlainTextEdit &editor) : QSyntaxHighlighter(editor.document()), m_editor(editor)
{
    editor.installEventFilter(this);
}

void SqlColours::highlightBlock(const QString &text)
{
    // One alternative for each kind of token; the first that matches has it.
    static const QRegularExpression kToken(
        QStringLiteral("(?<comment>--.*$)|(?<text>'(?:[^']|'')*'?)|(?<number>\\b\\d+(?:\\.\\d+)?\\b)|"
                       "(?<word>\\b(?:select|from|where|and|or|not|in|is|null|like|between|order|group|by|having|limit|"
                       "offset|as|on|using|join|left|right|inner|outer|cross|union|all|distinct|insert|into|values|"
                       "update|set|delete|create|alter|drop|table|index|view|with|case|when|then|else|end|exists|asc|"
                       "desc|explain|count|sum|avg|min|max|begin|commit|pragma|show)\\b)"),
        QRegularExpression::CaseInsensitiveOption);
    const look::Colours &colours = look::coloursOf(m_editor.palette());
    for (auto tokens = kToken.globalMatch(text); tokens.hasNext();) {
        const QRegularExpressionMatch token = tokens.next();
        const auto is = [&](const char *kind) { return token.capturedStart(QLatin1String(kind)) >= 0; };
        const QColor colour = is("comment") ? colours.muted
                              : is("text")  ? colours.good
                              : is("word")  ? colours.accent
                                            : colours.violet;
        setFormat(static_cast<int>(token.capturedStart()), static_cast<int>(token.capturedLength()), colour);
    }
}

bool SqlColours::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::PaletteChange)
        rehighlight();
    return QSyntaxHighlighter::eventFilter(watched, event);
}

} // namespace mainstay::pages
