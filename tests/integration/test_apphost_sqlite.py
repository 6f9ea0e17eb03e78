# SPDX-License-Identifier: GPL-3.0-or-later
"""SQL handlers on SQLite, built in and through its ODBC driver."""
import json
import sqlite3

import database_servers
import mainstay
from apphost import Apphost
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

    def test_whole_numbers_are_whole(self):
        self.server.run("CREATE TABLE c (i INTEGER)")
        numbers = [1700000000000, 3000000000, 2**63 - 1, -2**63, 0]
        self.server.run("INSERT INTO c VALUES " + ", ".join(f"({number})" for number in numbers))
        handlers = [{"path": "/", "sql": ["SELECT i FROM c ORDER BY rowid"]}]
        for more in "", ";BigInt=1", ";":
            settings = self.server.odbc()
            host = Apphost.serve(self, handlers, {**settings, "dsn": settings["dsn"] + more})
            self.assertEqual([row["i"] for row in host.json("/")], numbers, more)

    def test_returning_is_refused(self):
        host = Apphost.serve(self, [{"path": "/", "method": "POST", "read_only": False, "result": "object",
                                     "sql": ["INSERT INTO entry (text) VALUES ('x') RETURNING id"]}], self.server.odbc())
        self.assertEqual(host.send("POST", "/").status, 500)
        self.assertIn("loses the rows of RETURNING", host.output())
        self.assertEqual(self.count(), 0)


if __name__ == "__main__":
    mainstay.main()
