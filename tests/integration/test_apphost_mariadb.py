# SPDX-License-Identifier: GPL-3.0-or-later
"""SQL handlers on MariaDB, natively and through its ODBC driver."""
import json

import database_servers
import mainstay
from apphost import Apphost, parameter
from sql_handlers import OnAnyServer

ID = parameter("id", "integer")
K = parameter("k")
INSERT = "INSERT INTO c (id, k) VALUES (:id, :k)"


def writing(path: str, *sql: str, result: str = "array") -> dict:
    return {"path": path, "method": "POST", "sql": sql, "read_only": False, "result": result, "parameter": [ID, K]}


class OnMariadb(OnAnyServer):
    def serve(self, handlers: list) -> Apphost:
        return Apphost.serve(self, handlers, getattr(self.server, self.settings)(pool=1))

    def make(self, *sql: str):
        self.server.run("DROP TABLE IF EXISTS c")
        for statement in sql:
            self.server.run(statement)

    def ids(self) -> str:
        return self.server.run("SELECT group_concat(id ORDER BY id) FROM c")

    def test_returning_tells_what_went_wrong(self):
        self.make("CREATE TABLE c (id INTEGER PRIMARY KEY, k VARCHAR(10)) CHARACTER SET utf8mb4")
        returning = INSERT + " RETURNING id, k"
        host = self.serve([writing("/rows", returning), writing("/row", returning, result="object"),
                           writing("/none", returning, result="none"),
                           writing("/two", "INSERT INTO c (id, k) VALUES (1000, 't')", returning, result="none"),
                           writing("/delete", "DELETE FROM c WHERE id = :id AND k = :k RETURNING *")])
        self.assertEqual(json.loads(host.send("POST", "/row?id=1&k=%C3%A9").body), {"id": 1, "k": "é"})
        self.assertEqual(json.loads(host.send("POST", "/rows?id=2&k=b").body), [{"id": 2, "k": "b"}])
        self.assertEqual(host.send("POST", "/none?id=3&k=c").status, 204)
        for path in "/rows", "/row", "/none", "/two":
            self.assertEqual(host.send("POST", f"{path}?id=3&k=c").status, 409, path)
            self.assertEqual(host.send("POST", f"{path}?id=4&k=much-too-long").status, 400, path)
        self.assertEqual(self.ids(), "1,2,3")
        self.assertEqual(json.loads(host.send("POST", "/delete?id=2&k=b").body), [{"id": 2, "k": "b"}])
        self.assertEqual(json.loads(host.send("POST", "/delete?id=2&k=b").body), [])

    def test_procedures_tell_what_went_wrong(self):
        self.make("CREATE TABLE c (id INTEGER PRIMARY KEY, k VARCHAR(10))", "INSERT INTO c VALUES (1, 'a')",
                  "DELIMITER //\nCREATE OR REPLACE PROCEDURE late(i INTEGER, k VARCHAR(10)) BEGIN SELECT i, k; SELECT 2; "
                  "INSERT INTO c VALUES (1, 'b'); END//",
                  "DELIMITER //\nCREATE OR REPLACE PROCEDURE fine(i INTEGER, k VARCHAR(10)) BEGIN SELECT i, k; SELECT 2; "
                  "INSERT INTO c VALUES (i, k); END//")
        host = self.serve([writing("/late", "CALL late(:id, :k)"), writing("/fine", "CALL fine(:id, :k)"),
                           writing("/bare", "CALL late(5, 'x')", result="none"),
                           writing("/two", INSERT, "CALL late(7, 'x')", result="none"),
                           {"path": "/count", "sql": ["SELECT count(*) FROM c"], "result": "scalar"}])
        for path in "/late", "/bare", "/two":
            self.assertEqual(host.send("POST", f"{path}?id=9&k=x").status, 409, path)
        self.assertEqual(self.ids(), "1")
        for i in 2, 3:
            self.assertEqual(json.loads(host.send("POST", f"/fine?id={i}&k=x").body), [{"i": i, "k": "x"}])
        self.assertEqual((self.ids(), host.get("/count").body), ("1,2,3", b"3"))

    def test_texts_are_what_others_read_and_wrote(self):
        self.make("CREATE TABLE c (id INTEGER PRIMARY KEY, k VARCHAR(3)) CHARACTER SET utf8mb4", "INSERT INTO c VALUES (1, 'anä')")
        parameters = [K, parameter("q", required=False), parameter("n", "integer", required=False)]
        host = self.serve([writing("/rows", INSERT), writing("/delete", "DELETE FROM c WHERE k = :k AND id = :id", result="none"),
                           {"path": "/find", "sql": ["SELECT id FROM c WHERE k = :k OR k LIKE :q ORDER BY id"],
                            "parameter": parameters},
                           {"path": "/same", "sql": ["SELECT :k AS k, :q AS q, :n AS n, hex(:k) AS h"], "result": "object",
                            "parameter": parameters}])
        self.assertEqual(host.json("/find?k=an%C3%A4"), [{"id": 1}])
        self.assertEqual(host.json("/find?k=x&q=an%25"), [{"id": 1}])
        self.assertEqual(host.send("POST", "/rows?id=2&k=b%C3%B6b").status, 200)
        self.assertEqual(self.server.run("SELECT id FROM c WHERE k = 'böb' AND length(k) = 4"), "2")
        self.assertEqual(host.send("POST", "/delete?id=1&k=an%C3%A4").status, 204)
        self.assertEqual(self.ids(), "2")
        self.assertEqual(host.json("/same?k=abc&q=&n=7"), {"k": "abc", "q": "", "n": 7, "h": "616263"})
        self.assertEqual(host.json("/same?k=abc")["q"], None)

    def test_columns_change_places(self):
        self.make("CREATE TABLE c (name VARCHAR(20), secret VARCHAR(20))", "INSERT INTO c VALUES ('anna', 's3')")
        host = self.serve([{"path": "/all", "sql": ["SELECT * FROM c"], "result": "object"}])
        self.assertEqual(host.json("/all"), {"name": "anna", "secret": "s3"})
        self.server.run("ALTER TABLE c MODIFY secret VARCHAR(20) FIRST")
        self.assertEqual(host.json("/all"), {"name": "anna", "secret": "s3"})

    def test_types(self):
        self.make("CREATE TABLE c (b VARCHAR(20) COLLATE utf8mb4_bin, t TEXT COLLATE utf8mb4_bin, u UUID, v VARBINARY(9), "
                  "l BLOB, i TINYINT, d DOUBLE, f FLOAT, s TIMESTAMP NULL) CHARACTER SET utf8mb4",
                  "INSERT INTO c VALUES ('é', 'abc', '6f0b3c5e-1d7c-4c53-9d77-0e0f5d8a8f11', 'abc', x'00ff', -128, 1e20, 1.5, "
                  "'2024-03-31 02:30:00')")
        host = self.serve([{"path": "/all", "sql": ["SELECT * FROM c"], "result": "object"}])
        self.assertEqual(host.json("/all"), {
            "b": "é", "t": "abc", "u": "6f0b3c5e-1d7c-4c53-9d77-0e0f5d8a8f11", "v": "YWJj", "l": "AP8=", "i": -128, "d": 1e20,
            "f": 1.5, "s": "2024-03-31T02:30:00.000"})

    def test_parameters_that_are_columns(self):
        values = [parameter("x", "number"), parameter("i", "integer"), parameter("t", required=False)]
        host = self.serve([{"path": "/echo", "sql": ["SELECT :x AS x, :i AS i, coalesce(:t, 'none') AS t"], "result": "object",
                            "parameter": values}])
        self.assertEqual(host.json("/echo?x=1e300&i=9007199254740991"), {"x": 1e300, "i": 2**53 - 1, "t": "none"})
        self.assertEqual(host.json("/echo?x=0.1&i=-1&t=%C3%A9"), {"x": 0.1, "i": -1, "t": "é"})

    def test_more_than_the_server_takes(self):
        self.make("CREATE TABLE c (k LONGTEXT)")
        host = Apphost.serve(self, [{"path": "/add", "method": "POST", "sql": ["INSERT INTO c VALUES (:k)"], "read_only": False,
                                     "result": "none", "parameter": [parameter("k", place="body", max_length=30_000_000)]}],
                             getattr(self.server, self.settings)(), max_body="40MiB")
        self.assertEqual(host.send("POST", "/add", {"k": "x" * 20_000_000}).status, 400)
        self.assertIn("max_allowed_packet", host.output())
        self.assertEqual(host.send("POST", "/add", {"k": "x" * 1_000_000}).status, 204)


class MariadbNative(OnMariadb, mainstay.TestCase):
    kind = database_servers.Mariadb

    def test_json_and_bits(self):
        self.make("CREATE TABLE c (j JSON, b BIT(1), w BIT(16))", "INSERT INTO c VALUES ('{\"a\": [1]}', b'1', b'1')")
        host = self.serve([{"path": "/all", "sql": ["SELECT * FROM c"], "result": "object"},
                           {"path": "/number", "sql": ["SELECT w + 0 AS w FROM c"], "result": "scalar"}])
        self.assertEqual(host.json("/all"), {"j": {"a": [1]}, "b": 1, "w": 1})
        self.server.run("UPDATE c SET w = b'1000000010000001'")
        self.assertEqual(host.get("/all").status, 500)
        self.assertIn("cannot read the BIT in `w`", host.output())
        self.assertEqual(host.get("/number").body, b"32897")


class MariadbOdbc(OnMariadb, mainstay.TestCase):
    kind = database_servers.Mariadb
    settings = "odbc"


if __name__ == "__main__":
    mainstay.main()
