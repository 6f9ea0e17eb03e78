# SPDX-License-Identifier: GPL-3.0-or-later
"""The table that a handler of Mainstay and a program in Flask both answer from, and what they are asked for."""

import contextlib
import sqlite3

COUNT, AFTER, LIMIT = 1000, 500, 20
SELECT = f'SELECT id, who, said, visits, amount FROM entry WHERE id > :after ORDER BY id LIMIT {LIMIT}'


def row(number):
    return {'id': number, 'who': f'visitor {number}', 'said': f'It was "nice" here, and I come again: {number * 7919}.',
            'visits': number % 17, 'amount': number / 4}


def expected():
    return [row(number) for number in range(AFTER + 1, AFTER + LIMIT + 1)]


def write(data):
    for old in data.glob('rows.db*'):
        old.unlink()
    with contextlib.closing(sqlite3.connect(data / 'rows.db')) as database:
        database.execute('PRAGMA journal_mode = WAL')
        database.execute('CREATE TABLE entry (id INTEGER PRIMARY KEY, who TEXT NOT NULL, said TEXT NOT NULL, '
                         'visits INTEGER NOT NULL, amount REAL NOT NULL)')
        database.executemany('INSERT INTO entry VALUES (:id, :who, :said, :visits, :amount)',
                             [row(number) for number in range(1, COUNT + 1)])
        database.commit()
