# SPDX-License-Identifier: GPL-3.0-or-later
"""SQL handlers on SQLite, built in and through its ODBC driver."""
import json
import os
import sqlite3

import database_servers
import mainstay
from apphost import Apphost
from sql_handlers import TABLE, OnAnyDatabase


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


    def test_a_file_that_is_replaced_under_requests(self):
        host = self.serve_host()
        self.assertEqual(host.send("POST", "/entries", {"text": "old"}).status, 204)
        backup = self.server.folder / "backup.db"
        with sqlite3.connect(self.server.file) as source, sqlite3.connect(backup) as target:
            source.backup(target)
            target.execute("UPDATE entry SET text = 'put back'")
        source.close()
        target.close()
        host.send("POST", "/entries", {"text": "older"})
        os.replace(backup, self.server.file)
        self.assertEqual(host.send("POST", "/entries", {"text": "new"}).status, 204)
        self.assertEqual([row["text"] for row in json.loads(host.get("/entries").body)], ["put back", "new"])
        self.assertEqual(self.server.run("SELECT group_concat(text) FROM entry; PRAGMA integrity_check"), "put back,new\nok")

    def test_a_file_that_may_not_be_written_to(self):
        """As root leaves it who puts a backup back."""
        self.assertEqual(self.host.send("POST", "/entries", {"text": "kept"}).status, 204)
        self.host.close()
        self.server.run("PRAGMA journal_mode = DELETE")
        os.chmod(self.server.file, 0o444)
        host = self.serve_host()
        self.assertEqual(len(host.json("/entries")), 1)
        reply = host.send("POST", "/entries", {"text": "new"})
        self.assertEqual((reply.status, json.loads(reply.body)["code"]), (503, "database.unreachable"))
        self.assertIn("let the service's user write to `", host.output())
        self.assertEqual(json.loads(host.get("/sneaky").body)["code"], "database.read-only")
        os.chmod(self.server.file, 0o600)
        self.assertEqual(host.send("POST", "/entries", {"text": "new"}).status, 204)

    def test_a_file_that_is_damaged(self):
        self.server = self.kind()
        self.addCleanup(self.server.close)
        self.server.run(TABLE["SQLite"] + "; INSERT INTO entry (text) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 500) "
                        "SELECT i || hex(randomblob(90)) FROM n; PRAGMA journal_mode = DELETE")
        whole = self.server.file.read_bytes()
        self.server.file.write_bytes(whole[:4096] + b"damaged!" * 2048 + whole[4096 + 8 * 2048:])
        host = self.serve_host()
        reply = host.get("/texts")
        self.assertEqual((reply.status, json.loads(reply.body)["code"]), (500, "database.damaged"))
        self.assertTrue(host.counters()["damaged"])
        backup = self.server.folder / "backup.db"
        backup.write_bytes(whole)
        os.replace(backup, self.server.file)
        self.assertEqual(host.get("/texts").status, 200)
        self.assertFalse(host.counters()["damaged"])

    def test_virtual_tables_are_read(self):
        """On connections that have done nothing else before."""
        self.server = self.kind()
        self.addCleanup(self.server.close)
        self.server.run("CREATE VIRTUAL TABLE f USING fts5(a); INSERT INTO f VALUES ('hello world'), ('foo'); "
                        "CREATE VIRTUAL TABLE r USING rtree(id, x0, x1); INSERT INTO r VALUES (1, 0, 1)")
        statements = ["SELECT a FROM f WHERE f MATCH 'hello'", "SELECT id FROM r WHERE x0 < 1",
                      "SELECT value FROM json_each('[7]')", "SELECT name FROM pragma_table_info('f')"]
        for sql, value in zip(statements, ["hello world", 1, 7, "a"]):
            host = Apphost.serve(self, [{"path": "/v", "sql": [sql], "result": "scalar"},
                                        {"path": "/d", "sql": ["DELETE FROM f"]}], self.server.settings())
            self.assertEqual(json.loads(host.get("/v").body), value, sql)
            self.assertEqual(json.loads(host.get("/d").body)["code"], "database.read-only")
            host.close()


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
