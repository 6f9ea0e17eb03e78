# SPDX-License-Identifier: GPL-3.0-or-later
"""What SQL handlers must do on every database; a test file for each database brings it."""
import json
import signal
import threading

import database_servers
import mainstay
from apphost import Apphost, parameter

ID = parameter("id", "integer", "path")
TABLE = {
    "SQLite": "CREATE TABLE entry (id INTEGER PRIMARY KEY, text VARCHAR(200) UNIQUE, amount DECIMAL(20, 4), "
              "visits BIGINT, good BOOLEAN)",
    "PostgreSQL": "CREATE TABLE entry (id SERIAL PRIMARY KEY, text VARCHAR(200) UNIQUE, amount DECIMAL(20, 4), "
                  "visits BIGINT, good BOOLEAN); ALTER TABLE entry OWNER TO shop",
    "MariaDB": "CREATE TABLE entry (id INTEGER AUTO_INCREMENT PRIMARY KEY, text VARCHAR(200) UNIQUE, "
               "amount DECIMAL(20, 4), visits BIGINT, good BOOLEAN) CHARACTER SET utf8mb4",
}
SLOW = {
    "SQLite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 30000000) SELECT count(*) AS c FROM n",
    "PostgreSQL": "SELECT count(*) AS c FROM generate_series(1, 10000000000)",
    "MariaDB": "SELECT sleep(20) AS c",
}

MANY = {  # 400 MB
    "SQLite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 200000) "
              "SELECT i, hex(zeroblob(1000)) AS t FROM n",
    "PostgreSQL": "SELECT i, repeat('x', 2000) AS t FROM generate_series(1, 200000) AS i",
    "MariaDB": "SELECT seq AS i, repeat('x', 2000) AS t FROM seq_1_to_200000",
}
WIDER = {
    "PostgreSQL": "ALTER TABLE entry ALTER COLUMN text TYPE TEXT",
    "MariaDB": "ALTER TABLE entry MODIFY text VARCHAR(400)",
}


def handlers(kind: str) -> list:
    return [
        {"path": "/entries", "sql": ["SELECT id, text, visits, amount FROM entry ORDER BY id"], "paging": True},
        {"path": "/all", "sql": ["SELECT id FROM entry ORDER BY id"], "max_rows": 3},
        {"path": "/entries/{id}", "sql": ["SELECT id, text, visits FROM entry WHERE id = :id"], "result": "object",
         "parameter": [ID]},
        {"path": "/find", "sql": ["SELECT count(*) AS c FROM entry WHERE text = :text"], "result": "scalar",
         "parameter": [parameter("text")]},
        {"path": "/csv", "sql": ["SELECT text, visits FROM entry ORDER BY id"], "result": "csv"},
        {"path": "/entries", "method": "POST", "read_only": False, "result": "none",
         "sql": ["INSERT INTO entry (text, visits, amount, good) VALUES (:text, :visits, :amount, :good)"],
         "parameter": [parameter("text", place="body", max_length=50),
                       parameter("visits", "integer", "body", required=False, default="7"),
                       parameter("amount", "number", "body", required=False),
                       parameter("good", "boolean", "body", required=False)]},
        {"path": "/pair", "method": "POST", "read_only": False, "result": "none", "parameter": [parameter("text", place="body")],
         "sql": ["UPDATE entry SET visits = visits + 1", "INSERT INTO entry (text, visits) VALUES (:text, 0)",
                 "INSERT INTO entry (text, visits) VALUES (:text, 1)"]},
        {"path": "/sneaky", "sql": ["DELETE FROM entry"]},
        {"path": "/slow", "sql": [SLOW[kind]], "timeout": "300ms"},
        {"path": "/many", "sql": [MANY[kind]], "max_rows": 10},
        {"path": "/literals", "sql": ["SELECT 'it''s ?' AS a, ' :x ' AS b FROM (SELECT 1 AS i) AS t WHERE :text LIKE '?:x%'"], "result": "object",
         "parameter": [parameter("text")]},
        {"path": "/filter", "sql": ["SELECT id FROM entry WHERE (:text IS NULL OR text = :text) AND (:visits IS NULL OR visits = :visits) "
                                    "ORDER BY id"],
         "parameter": [parameter("text", required=False), parameter("visits", "integer", required=False)]},
        {"path": "/star", "sql": ["SELECT * FROM entry"]},
        {"path": "/texts", "sql": ["SELECT text FROM entry"]},
        {"path": "/gone", "sql": ["SELECT * FROM nowhere"]},
    ]


class OnAnyDatabase:
    """The tests, for each database."""

    settings = "settings"
    decimal = float  # what a DECIMAL comes as

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.kind()
        cls.addClassCleanup(cls.server.close)

    def setUp(self):
        super().setUp()
        self.server.run("DROP TABLE IF EXISTS entry")
        self.server.run(TABLE[self.server.name])
        self.host = self.serve_host()

    def serve_host(self, **changes) -> Apphost:
        return Apphost.serve(self, handlers(self.server.name), getattr(self.server, self.settings)(**{"pool": 3, **changes}))

    def add(self, text: str, **more):
        reply = self.host.send("POST", "/entries", {"text": text, **more})
        self.assertEqual(reply.status, 204, f"{reply}\n{self.host.output()}")

    def count(self) -> int:
        return int(self.server.run("SELECT count(*) FROM entry"))

    def test_values_come_back_as_they_went(self):
        self.add("Grüße, \"Welt\" 🎈\n", visits=2**53 - 1, amount=0.5, good=True)
        self.add("second")
        rows = self.host.json("/entries")
        self.assertEqual([row["text"] for row in rows], ["Grüße, \"Welt\" 🎈\n", "second"])
        self.assertEqual([row["visits"] for row in rows], [2**53 - 1, 7])
        self.assertEqual([row["amount"] for row in rows], [self.decimal("0.5"), None])
        self.assertEqual(self.host.json(f"/entries/{rows[1]['id']}")["text"], "second")
        self.assertEqual(self.host.get("/entries/4711").status, 404)
        csv = self.host.get("/csv")
        self.assertEqual(csv.body.decode().splitlines()[-1], "second,7")
        self.assertIn("text/csv", csv.headers["content-type"])

    def test_pages_and_limits(self):
        for i in range(5):
            self.add(f"t{i}")
        reply = self.host.get("/entries?page=2&per_page=2")
        self.assertEqual([row["text"] for row in json.loads(reply.body)], ["t2", "t3"])
        self.assertEqual(reply.headers.get("mainstay-next-page"), "3")
        reply = self.host.get("/entries?page=3&per_page=2")
        self.assertEqual([row["text"] for row in json.loads(reply.body)], ["t4"])
        self.assertNotIn("mainstay-next-page", reply.headers)
        reply = self.host.get("/all")
        self.assertEqual((len(json.loads(reply.body)), reply.headers.get("mainstay-more-rows")), (3, "true"))

    def test_no_more_rows_are_fetched_than_are_answered(self):
        reply = self.host.get("/many")
        self.assertEqual((len(json.loads(reply.body)), reply.headers.get("mainstay-more-rows")), (10, "true"))
        self.assertLess(self.host.peak(), 150 << 20)

    def test_filters_that_may_be_left_out(self):
        for text, visits in ("a", 1), ("b", 2), ("c", 2):
            self.add(text, visits=visits)
        first = self.host.json("/filter")[0]["id"]
        for query, found in ("", 3), ("?text=b", 1), ("?visits=2", 2), ("?text=c&visits=2", 1), ("?text=a&visits=2", 0), ("", 3):
            self.assertEqual(len(self.host.json("/filter" + query)), found, query)
        self.assertEqual(self.host.json("/filter?text=a"), [{"id": first}])

    def test_literals_stay_what_they_are(self):
        self.assertEqual(self.host.json("/literals?text=%3F:x"), {"a": "it's ?", "b": " :x "})

    def test_injection_stays_a_value(self):
        self.add("kept")
        attempts = ["'; DROP TABLE entry; --", "' OR '1'='1", "\\'; DROP TABLE entry; #", "\" OR 1=1 --", "%27 OR 1=1",
                    "$1", "?", ":text", "'); DELETE FROM entry; --", "\\", "''"]
        for attempt in attempts:
            reply = self.host.get("/find", "-G", "--data-urlencode", f"text={attempt}")
            self.assertEqual((reply.status, reply.body.strip()), (200, b"0"), f"{attempt}: {reply}\n{self.host.output()}")
            self.add(attempt)
            reply = self.host.get("/find", "-G", "--data-urlencode", f"text={attempt}")
            self.assertEqual((reply.status, reply.body.strip()), (200, b"1"), attempt)
        self.assertEqual(self.count(), 1 + len(attempts))
        self.assertEqual(self.host.get("/entries/1%20OR%201=1").status, 400)

    def test_all_or_nothing(self):
        self.add("first", visits=1)
        self.assertEqual(self.host.send("POST", "/pair", {"text": "twice"}).status, 409)
        self.assertEqual(self.host.json("/entries")[0]["visits"], 1)
        self.assertEqual(self.count(), 1)

    def test_reading_cannot_write(self):
        self.add("kept")
        self.assertEqual(self.host.get("/sneaky").status, 500)
        self.assertEqual(self.count(), 1)
        self.assertEqual(self.host.send("POST", "/entries", {"text": "next"}).status, 204)

    def test_too_slow(self):
        reply = self.host.get("/slow")
        self.assertEqual(reply.status, 504, f"{reply}\n{self.host.output()}")
        self.assertGreaterEqual(self.host.counters()["timed_out"], 1)
        self.assertEqual(self.host.get("/entries").status, 200)

    def test_table_goes_and_comes(self):
        self.assertEqual(self.host.get("/gone").status, 500)
        self.assertEqual(self.host.get("/entries").status, 200)
        self.server.run("DROP TABLE entry")
        reply = self.host.get("/entries")
        self.assertEqual(reply.status, 500)
        self.assertNotIn(b"SELECT", reply.body)
        self.server.run(TABLE[self.server.name])
        self.assertEqual(self.host.get("/entries").status, 200)

    def test_columns_come_and_go_unnoticed(self):
        host = self.serve_host(pool=1)
        self.add("kept")
        for path in "/star", "/star", "/texts":
            self.assertEqual(host.get(path).status, 200)
        self.server.run("ALTER TABLE entry ADD COLUMN note VARCHAR(20)")
        self.server.run("UPDATE entry SET note = 'n'")
        row, = host.json("/star")
        self.assertEqual((row["text"], row["note"]), ("kept", "n"))
        if self.server.name != "SQLite":  # which has no such statement
            self.server.run(WIDER[self.server.name])
            self.assertEqual(host.json("/texts"), [{"text": "kept"}])
        self.server.run("ALTER TABLE entry RENAME COLUMN note TO remark")
        row, = host.json("/star")
        self.assertEqual((row["text"], row["remark"]), ("kept", "n"))
        self.server.run("ALTER TABLE entry DROP COLUMN remark")
        row, = host.json("/star")
        self.assertEqual((row["text"], len(row)), ("kept", 5))
        self.assertEqual(host.counters()["reconnects"], 0)


class OnAnyServer(OnAnyDatabase):
    """What only servers can do to us."""

    def test_wrong_password(self):
        wrong = self.server.folder / "wrong"
        wrong.write_text("not-The-pa55word")
        wrong.chmod(0o600)
        host = self.serve_host(password_file=str(wrong))
        reply = host.get("/entries")
        self.assertEqual((reply.status, reply.headers.get("retry-after")), (503, "1"))
        self.assertIn("database `main`", host.output())
        for secret in "not-The-pa55word", database_servers.PASSWORD:
            self.assertNotIn(secret, host.output() + reply.body.decode())
        wrong.write_text(database_servers.PASSWORD)
        mainstay.wait_until(lambda: host.get("/entries").status == 200, "the right password is taken up")

    def test_password_of_all_characters(self):
        name = "shop" if self.server.name == "PostgreSQL" else "shop@'127.0.0.1'"
        set_password = "ALTER USER {} PASSWORD '{}'" if self.server.name == "PostgreSQL" else "ALTER USER {} IDENTIFIED BY '{}'"
        self.addCleanup(self.server.run, set_password.format(name, database_servers.PASSWORD))
        odd = self.server.folder / "odd"
        for password in "a+b", "x%41y", "50%", "a+b%41 {c};d=e}?@*":
            self.server.run(set_password.format(name, password))
            odd.write_text(password)
            odd.chmod(0o600)
            host = self.serve_host(password_file=str(odd))
            self.assertEqual(host.get("/entries").status, 200, f"{password}: {host.output()}")

    def test_secret_open_to_all(self):
        shown = self.server.folder / "shown"
        shown.write_text(database_servers.PASSWORD)
        shown.chmod(0o644)
        host = self.serve_host(password_file=str(shown))
        self.assertEqual(host.get("/entries").status, 503)
        self.assertIn("open to every user", host.output())

    def test_server_is_stopped_and_started_under_load(self):
        self.add("kept")
        seen = []
        ended = threading.Event()

        def ask():
            while not ended.is_set():
                seen.append(self.host.get("/entries").status)
        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            mainstay.wait_until(lambda: 200 in seen, "it is served")
            self.server.stop(signal.SIGQUIT if self.server.name == "PostgreSQL" else signal.SIGKILL)
            mainstay.wait_until(lambda: 503 in seen, "it is told that the database is away")
            self.server.start()
            del seen[:]
            mainstay.wait_until(lambda: seen[-5:] == [200] * 5, "it is served again")
        finally:
            ended.set()
            for thread in threads:
                thread.join()
        self.assertEqual(set(seen) - {200, 503}, set())
        self.assertGreaterEqual(self.host.counters()["reconnects"], 1)

    def test_server_that_hangs(self):
        host = self.serve_host(connect_timeout="500ms")
        self.assertEqual(host.get("/entries").status, 200)
        self.server.hang()
        try:
            statuses = {host.get("/slow").status for _ in range(5)}
            self.assertLessEqual(statuses, {503, 504})
            self.assertEqual(host.get("/.mainstay/ready").status, 200)
            self.server.resume()
            mainstay.wait_until(lambda: host.get("/entries").status == 200, "it is served again")
            self.server.hang()
            self.assertIn(host.get("/slow").status, {503, 504})
            host.close()  # which must not wait for it
        finally:
            self.server.resume()
