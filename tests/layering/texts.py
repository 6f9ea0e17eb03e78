#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds texts of the console that users read and that do not go through tr(), so that nobody could translate them.

    texts.py TREE      prints a line for each, and ends with status 1 if there is one

It looks at what is given to the functions that show text, and at the cells that the models make.
"""

import pathlib
import re
import sys

SHOWS = re.compile(
    r'\b(?:setText|setToolTip|setWindowTitle|setTitle|setPlaceholderText|setAccessibleName|setSummary|addMenu|addAction|'
    r'addButton|waitFor|done|failed|about|information|warning|critical|question|'
    r'new Q(?:Label|PushButton|CheckBox|Action|GroupBox|ListWidgetItem))\s*\(')
CELLS = re.compile(r'\bstd::vector<Row> \w+Rows\s*\(|\bCell \w+\s*\(|\bRow \w+\s*\(')  # functions that make them
# What stands within these is translated, or is no text.
PARDONED = re.compile(r'\b(?:tr|translate|icon|tinted|setProperty|value|named|QLatin1String)\s*\(')
LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
COMMENT = re.compile(r'//[^\n]*')
MARKUP = re.compile(r'<[^>]*>|&\w+;|%\w?\d|HH:mm:ss')


def end_of(text, start):
    """Behind the bracket that closes the one at `start`; strings may hold brackets too."""
    depth, at = 0, start
    while at < len(text):
        found = LITERAL.match(text, at)
        if found:
            at = found.end()
            continue
        depth += (text[at] in '({[') - (text[at] in ')}]')
        at += 1
        if depth == 0:
            break
    return at


def literals_in(text):
    """Literals with words in them, but for those pardoned."""
    while found := PARDONED.search(text):
        text = text[:found.start()] + ' ' + text[end_of(text, found.end() - 1):]
    return [literal for literal in LITERAL.findall(text) if re.search(r'[A-Za-z]{2,}', MARKUP.sub('', literal))]


def shown_parts(path, text):
    """Where a part begins that is shown, and the part."""
    for call in SHOWS.finditer(text):
        part = text[call.end() - 1:end_of(text, call.end() - 1)]
        if call.group().startswith('addButton'):
            part = re.sub(r',\s*QStringLiteral\("[a-z]+"\)', '', part)  # the name of its icon
        yield call.start(), part
    if path.name.endswith('_rows.cpp'):
        for head in CELLS.finditer(text):
            body = text.find('{', end_of(text, head.end() - 1))
            yield head.start(), text[body:end_of(text, body)]


def faults(tree):
    tree = pathlib.Path(tree)
    for path in sorted(tree.glob('console/*/*.cpp')):
        if path.parent.name == 'cli':  # a terminal's language is English
            continue
        text = COMMENT.sub('', path.read_text())
        for start, part in shown_parts(path, text):
            for literal in literals_in(part):
                yield f'{path.relative_to(tree)}:{text.count(chr(10), 0, start) + 1}: "{literal}" does not go through tr()'


def main():
    found = list(faults(sys.argv[1]))
    print('\n'.join(found))
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
