#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks over the source tree what the compiler cannot: who includes whom, where Qt may be used, that a method of the
management protocol is named in one place, and the licence line.

    layering.py TREE      prints a line for each fault, and ends with status 1 if there is one
"""

import pathlib
import re
import sys

SHARED = {'base', 'config', 'schema', 'rpc'}
DATA_PLANE = {'wire', 'engine', 'balance', 'snapshot', 'shared_state'}

# Which folders a folder may include. Its own and base are open to all.
MAY_INCLUDE = {
    'base': set(),
    'config': set(),
    'schema': {'config'},
    'rpc': {'config', 'schema'},
    'wire': set(),
    'balance': set(),
    'platform': set(),
    'handover': set(),  # what guard and core say to each other
    'logs': {'config'},
    'guard': {'handover', 'platform'},
    'engine': {'balance'},
    'shared_state': {'balance', 'config'},
    'certificates': {'engine'},
    'cache': {'wire', 'shared_state'},
    'snapshot': {'wire', 'balance', 'cache', 'config', 'shared_state', 'logs', 'engine/tls_'},  # of the engine, only TLS
    'zones': {'wire', 'engine', 'snapshot'},
    'stream': DATA_PLANE | {'logs'},
    'dns': DATA_PLANE,
    'http': DATA_PLANE | {'cache', 'dns', 'logs'},
    'apps': SHARED | {'handover'},  # the guard runs the programs
    'apphost': SHARED | {'databases'},
    'databases': SHARED,
    'backup': SHARED,
    'metrics': SHARED,
    'updates': SHARED,
    'cluster': SHARED,
    'control': {'*', '!apphost'},
    'console': SHARED,
    'reference': SHARED | {'cli'},  # tools: what writes docs/reference
}

# The parts of the console, which may include each other: cmake says which, by what each links.
CONSOLE = {'session', 'models', 'forms', 'pages', 'charts', 'look', 'window', 'cli'}

QT_FREE = {'base', 'config', 'wire', 'balance', 'platform', 'handover', 'logs', 'guard', 'engine', 'shared_state',
           'cache', 'certificates', 'snapshot', 'zones', 'stream', 'dns', 'http'}

# Hand-written frames are the point of these tests.
MAY_NAME_METHODS = ('shared/rpc/', 'tests/unit/rpc/', 'tests/fuzz/', 'tests/layering/')

LICENCE = 'SPDX-License-Identifier: GPL-3.0-or-later'
PROGRAMS = ('shared', 'service', 'console', 'tools')
LICENSED = {'.cpp', '.h', '.py', '.js', '.sh', '.css', '.svg', '.cmake'}
LONG = 350

INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')
METHOD = re.compile(r'\bMethodInfo\s+kMethod\s*\{\s*"([a-z_]+\.[a-z_]+)"')


def folder_of(path):
    """The folder that the table knows: the second part below shared/, service/ and tools/, or console for all of it."""
    if path.parts[0] == 'console':
        return 'console'
    if path.parts[0] in ('shared', 'service', 'tools') and len(path.parts) > 2:
        return path.parts[1]
    return None  # service/main.cpp builds everything, and tests look at everything


def include_fault(folder, bracket, target):
    """Why the folder may not include the target, or None."""
    if bracket == '<':
        return 'Qt is not for this folder' if folder in QT_FREE and re.match(r'Q[A-Za-z]|qt', target) else None
    if target.endswith('.moc'):
        return None
    if '/' not in target:
        return 'name the folder of what you include'
    if folder not in MAY_INCLUDE:
        return f'the folder {folder} is not in the table of tests/layering'
    other = target.split('/')[0]
    allowed = MAY_INCLUDE[folder]
    if other in (folder, 'base') or other in allowed or ('*' in allowed and f'!{other}' not in allowed):
        return None
    if any('/' in part and target.startswith(part) for part in allowed):
        return None
    if folder == 'console' and other in CONSOLE:
        return None
    return f'{folder} may not include {other}'


def source_files(tree, folders, suffixes):
    for folder in folders:
        for path in sorted((tree / folder).rglob('*')):
            if path.suffix in suffixes and path.is_file():
                yield path.relative_to(tree)


def check_includes(tree):
    for path in source_files(tree, PROGRAMS, {'.h', '.cpp'}):
        folder = folder_of(path)
        if folder is None:
            continue
        for number, line in enumerate((tree / path).read_text().splitlines(), 1):
            found = INCLUDE.match(line)
            fault = include_fault(folder, *found.groups()) if found else None
            if fault:
                yield f'{path}:{number}: {fault}: {line.strip()}'


def check_method_names(tree):
    methods = set()
    for path in source_files(tree, ['shared/rpc'], {'.h'}):
        methods.update(METHOD.findall((tree / path).read_text()))
    if not methods:
        yield 'shared/rpc: no method is declared there; has the form of their declaration changed?'
        return
    literal = re.compile(r'"[^"\n]*(?<![\w.])(' + '|'.join(map(re.escape, sorted(methods))) + r')(?![\w.])[^"\n]*"')
    # Tests may spell a name: they pin what goes over the wire.
    for path in source_files(tree, PROGRAMS, {'.h', '.cpp'}):
        if str(path).startswith(MAY_NAME_METHODS):
            continue
        for number, line in enumerate((tree / path).read_text().splitlines(), 1):
            found = literal.search(line)
            if found:
                yield f'{path}:{number}: {found.group(1)} is named in shared/rpc alone: use its typed method'


def check_licences(tree):
    named = [path for path in (pathlib.Path('CMakeLists.txt'), pathlib.Path('dev')) if (tree / path).exists()]
    folders = PROGRAMS + ('installer', 'tests', 'cmake')
    for path in named + list(source_files(tree, folders, LICENSED)) + [
            path for path in source_files(tree, folders, {'.txt'}) if path.name == 'CMakeLists.txt']:
        with open(tree / path, errors='replace') as file:
            head = ''.join(line for _, line in zip(range(2), file))
        if LICENCE not in head:
            yield f'{path}:1: the first line says "{LICENCE}"'


def long_files(tree):
    for path in source_files(tree, PROGRAMS, {'.h', '.cpp'}):
        lines = (tree / path).read_text().count('\n')
        if lines > LONG:
            yield f'{path}: {lines} lines: is there a second idea in it?'


def faults(tree):
    tree = pathlib.Path(tree)
    return [*check_includes(tree), *check_method_names(tree), *check_licences(tree)]


def main():
    tree = pathlib.Path(sys.argv[1])
    for line in long_files(tree):
        print('note:', line)
    found = faults(tree)
    print('\n'.join(found))
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
