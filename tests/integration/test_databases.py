# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases in the running service: health, migrations and queries of an administrator."""
import signal

import database_servers
import mainstay


def toml(name: str, settings: dict) -> str:
    lines = [f"{key} = {value if isinstance(value, int) else chr(34) + str(value) + chr(34)}" for key, value in settings.items()]
    return "\n".join([f"[database.{name}]", *lines, ""])


class Databases(mainstay.TestCase):
    def database(self, service, name: str = "main") -> dict:
        return next(entry for entry in service.status()["databases"] if entry["name"] == name)

    def wait_for(self, service, key: str, value, name: str = "main") -> dict:
        return mainstay.wait_until(lambda: (lambda d: d[key] == value and d)(self.database(service, name)), f"{key} is {value}")

    def query(self, service, sql: str, *options, ok: bool = True):
        return service.ctl("database", "query", "main", sql, *options, ok=ok)

    def server(self, kind):
        server = kind()
        self.addCleanup(server.close)
        return server

    def check_migrations_and_queries(self, service, server, whole: bool):
        """A service whose database `main` has the folder `sql` for its migrations."""
        database = self.wait_for(service, "migrations_applied", 2)
        self.assertEqual((database["migrations_pending"], database["migration_problem"]), (0, ""))
        self.assertIn(server.name, self.wait_for(service, "health", "up")["server_version"])
        self.assertEqual(server.run("SELECT count(*) FROM note"), "2")

        # A file that fails half way.
        service.write("sql/003-more.sql", "CREATE TABLE half (a INTEGER);\nINSERT INTO nowhere VALUES (1);\n")
        service.apply()
        problem = mainstay.wait_until(lambda: self.database(service)["migration_problem"], "the failure is told")
        self.assertIn("`003-more.sql`, line 2: ", problem)
        if whole:
            self.query(service, "SELECT * FROM half", ok=False)
        else:
            self.assertIn("statement 2 of 2 failed", problem)
            self.assertIn("the one before it is done, and stays: MariaDB", problem)
            server.run("DROP TABLE half")
            # Rows alone are taken back, and a table that failed has not ended the transaction.
            for last in "INSERT INTO nowhere VALUES (1);", "CREATE TABEL half (a INTEGER);":
                service.write("sql/003-more.sql", "INSERT INTO note VALUES ('x');\n" + last)
                service.apply()
                told = mainstay.wait_until(lambda: (lambda p: p != problem and p)(self.database(service)["migration_problem"]),
                                           "the other failure is told")
                self.assertIn("none of its statements is done", told)
                self.assertEqual(server.run("SELECT count(*) FROM note"), "2")
                problem = told
        service.write("sql/003-more.sql", "CREATE TABLE half (a INTEGER);\n")
        service.apply()
        self.wait_for(service, "migrations_applied", 3)
        service.write("sql/001-first.sql", "-- another one\n")
        service.apply()
        mainstay.wait_until(lambda: "`001-first.sql`" in self.database(service)["migration_problem"], "the change is told")

        # Queries: reading first.
        result = self.query(service, "SELECT text FROM note ORDER BY text", "--max-rows", 1)
        self.assertEqual((result["columns"], result["rows"], result["truncated"]), (["text"], [{"values": ["a;b"]}], True))
        for sql in ["DELETE FROM note", "DROP TABLE note", "SELECT 1; DELETE FROM note", "CREATE TABLE x (a INTEGER)", "",
                    "WITH x AS (SELECT 1) DELETE FROM note"]:
            self.query(service, sql, ok=False)
        self.assertEqual(server.run("SELECT count(*) FROM note"), "2")
        result = self.query(service, "INSERT INTO note (text) VALUES ('third')", "--write")
        self.assertEqual(result["affected"], 1)
        self.query(service, "DELETE FROM note; DELETE FROM half", "--write", ok=False)
        self.assertEqual(server.run("SELECT count(*) FROM note"), "3")
        shown = service.ctl_raw("database", "query", "main", "SELECT NULL AS missing, text FROM note WHERE text = 'third'")
        self.assertEqual([line.split() for line in shown.stdout.splitlines()], [["missing", "text"], ["NULL", "third"]],
                         shown.stderr)
        self.assertIn("main", service.ctl_raw("database", "list").stdout)

    def serve_migrated(self, settings: dict):
        return self.serve(toml("main", {**settings, "migrations": "sql", "console": "write"}), {
            "sql/001-first.sql": "CREATE TABLE note (text VARCHAR(100));\n",
            "sql/002-second.sql": "-- two;\nINSERT INTO note VALUES ('a;b');\nINSERT INTO note VALUES ('c');\n"})

    def test_sqlite(self):
        server = self.server(database_servers.Sqlite)
        self.check_migrations_and_queries(self.serve_migrated(server.settings()), server, whole=True)

    def test_postgresql(self):
        server = self.server(database_servers.Postgresql)
        service = self.serve_migrated(server.settings())
        self.check_migrations_and_queries(service, server, whole=True)
        for sql in ["DO $$ BEGIN SET TRANSACTION READ WRITE; DELETE FROM note; END $$",
                    "SELECT set_config('transaction_read_only', 'off', false)", "DO $$ BEGIN COMMIT; DELETE FROM note; END $$",
                    "SELECT 1 /* ' */; DELETE FROM note --'", "SELECT E'\\'; DELETE FROM note --'"]:
            self.query(service, sql, ok="--'" in sql and "E'" in sql)
        # What one query sets does not stay for the next.
        self.query(service, "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE")
        self.query(service, "SET default_transaction_read_only = off")
        self.query(service, "DELETE FROM note", ok=False)
        self.assertEqual(server.run("SELECT count(*) FROM note"), "3")

    def test_mariadb(self):
        server = self.server(database_servers.Mariadb)
        service = self.serve_migrated(server.settings())
        self.check_migrations_and_queries(service, server, whole=False)
        self.query(service, "CREATE PROCEDURE sneak() BEGIN COMMIT; DELETE FROM note; END", "--write")
        for sql in ["CALL sneak()", "BEGIN NOT ATOMIC COMMIT; DELETE FROM note; END", "SELECT 1 /*! ; DELETE FROM note */",
                    "COMMIT", "SELECT '\\'; DELETE FROM note -- '; DELETE FROM note", "EXECUTE IMMEDIATE 'DELETE FROM note'"]:
            self.query(service, sql, ok=False)
        self.assertEqual(server.run("SELECT count(*) FROM note"), "3")

    def test_console_is_what_the_configuration_says(self):
        service = self.serve(toml("main", {"driver": "sqlite", "file": "a.db"}) +
                             toml("closed", {"driver": "sqlite", "file": "b.db", "console": "none"}))
        self.wait_for(service, "health", "up")
        refused = self.query(service, "CREATE TABLE a (b)", "--write", ok=False)
        self.assertIn("console = \"write\"", refused["error"]["remedy"])
        service.ctl("database", "query", "closed", "SELECT 1", ok=False)
        service.ctl("database", "query", "nothing", "SELECT 1", ok=False)
        result = self.query(service, "SELECT printf('%.*c', 20000, 'x') AS long, x'00ff' AS bytes")
        long, octets = result["rows"][0]["values"]
        self.assertEqual((len(long), octets, result["truncated"]), (10001, "AP8=", True))
        mode = (service.state / "data" / "a.db").stat().st_mode & 0o777
        self.assertEqual(mode, 0o600)

    def test_server_goes_and_comes(self):
        server = self.server(database_servers.Postgresql)
        service = self.serve(toml("main", server.settings()))
        self.wait_for(service, "health", "up")
        server.stop(signal.SIGQUIT)
        self.assertTrue(self.wait_for(service, "health", "down")["reason"])
        self.query(service, "SELECT 1", ok=False)
        server.start()
        self.wait_for(service, "health", "up")
        self.assertEqual(self.query(service, "SELECT 1 AS one")["rows"], [{"values": ["1"]}])
        wrong = service.write("wrong", "not-The-pa55word\n")
        wrong.chmod(0o600)
        service.configure(toml("main", server.settings(password_file=wrong)))
        service.apply()
        database = self.wait_for(service, "health", "down")
        told = str(database) + service.output() + str(self.query(service, "SELECT 1", ok=False))
        for secret in "not-The-pa55word", database_servers.PASSWORD:
            self.assertNotIn(secret, told)
        service.configure(toml("main", server.settings()))
        service.apply()
        self.wait_for(service, "health", "up")
        server.hang()
        self.wait_for(service, "health", "down")  # and the service ends all the same


if __name__ == "__main__":
    mainstay.main()
