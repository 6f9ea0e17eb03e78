# SPDX-License-Identifier: GPL-3.0-or-later
"""SQL handlers on SQLite, built in and through its ODBC driver."""
import json
import sqlite3

import database_servers
import mainstay
from sql_handlers import OnAnyDatabase


class SqliteNative(OnAnyDatabase, mainstay.TestCase):
    kind = database_servers.Sqlite

    def test_locked_file(self):
        host = self.serve_host(connect_timeout="300ms")
        other = sqlite3.connect(self.server.file, isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")
        reply = host.send("POST", "/entries", {"text": "x"})
        self.assertEqual((reply.status, reply.headers.get("retry-after")), (503, "1"))
        self.assertEqual(host.get("/entries").status, 200)  # readers go on
        other.execute("ROLLBACK")
        self.assertEqual(host.send("POST", "/entries", {"text": "x"}).status, 204)


class SqliteOdbc(OnAnyDatabase, mainstay.TestCase):
    kind = database_servers.Sqlite
    settings = "odbc"
    decimal = str  # the driver calls a DECIMAL text

    def test_reading_that_nothing_enforces_is_refused(self):
        host = self.serve_host(unguarded_reads=False)
        reply = host.get("/entries")
        self.assertEqual((reply.status, json.loads(reply.body)["code"]), (500, "database.read-only"))
        self.assertIn("unguarded_reads", host.output())
        self.assertEqual(host.send("POST", "/entries", {"text": "x"}).status, 204)


if __name__ == "__main__":
    mainstay.main()
