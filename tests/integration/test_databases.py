# SPDX-License-Identifier: GPL-3.0-or-later
"""Databases in the running service: health, migrations and queries of an administrator."""
import json
import os
import pathlib
import re
import signal
import tempfile
import unittest.mock

import database_servers
import mainstay


def toml(name: str, settings: dict) -> str:
    lines = [f"{key} = {json.dumps(value if isinstance(value, int) else str(value))}" for key, value in settings.items()]
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
        told = [entry for entry in service.status()["problems"] if entry["path"] == "database.main"]
        self.assertEqual([entry["code"] for entry in told], ["database.migrations"])
        self.assertIn(problem, told[0]["message"])
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
        for limited in "SELECT text FROM note ORDER BY text LIMIT 1", "(SELECT text FROM note ORDER BY text) LIMIT 1 -- so":
            if limited[0] == "S" or server.name != "SQLite":  # which knows no such brackets
                self.assertEqual(self.query(service, limited)["rows"], [{"values": ["a;b"]}], limited)
        self.assertIn("no such parameter", self.query(service, "SELECT :a", ok=False)["error"]["message"])
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

    def core_peak(self, service) -> int:
        """The most memory the core has had, in bytes."""
        return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{service.core}/status").read_text())[1]) << 10

    def check_large_results(self, service, *queries):
        """Neither long values nor many of them are taken in by the core."""
        self.query(service, "SELECT 1")
        before = self.core_peak(service)
        for sql in queries:
            result = self.query(service, sql)
            self.assertTrue(result["truncated"], sql)
            self.assertEqual(result["rows"][0]["values"][0][:3], "xxx", sql)
        self.assertLess(self.core_peak(service) - before, 60 << 20)

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
        for sql in ["SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE", "SET default_transaction_read_only = off", "COMMIT"]:
            self.assertIn("not let through", self.query(service, sql, ok=False)["error"]["message"])
        # What one query sets does not stay for the next.
        self.query(service, "SELECT set_config('default_transaction_read_only', 'off', false)")
        for sql in "SHOW search_path", "EXPLAIN SELECT 1", "TABLE note", "VALUES (1)":
            self.query(service, sql)
        self.query(service, "DELETE FROM note", ok=False)
        self.assertEqual(server.run("SELECT count(*) FROM note"), "3")
        self.assertEqual(self.query(service, "SELECT pg_try_advisory_lock(42)")["rows"], [{"values": ["true"]}])
        mainstay.wait_until(lambda: server.run("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == "0",
                            "the lock went with the query")
        for sql in ["SELECT text, text FROM note FETCH FIRST 2 ROWS ONLY", "TABLE note LIMIT 2", "VALUES (1), (2) LIMIT 2",
                    "WITH n AS (SELECT * FROM note) SELECT * FROM n OFFSET 1"]:
            self.assertEqual(len(self.query(service, sql)["rows"]), 2, sql)
        self.check_large_results(service, "SELECT repeat('x', 100000000)",
                                 "SELECT repeat('x', 1000000) FROM generate_series(1, 100)")
        result = self.query(service, "SELECT text AS \"A \"\"?\"\"\", text, 1.50, x'00' IS NULL, '{1,2}'::int[], NULL "
                                     "FROM note ORDER BY text DESC -- so")
        self.assertEqual(result["columns"][:2], ["A \"?\"", "text"])
        self.assertEqual([row["values"][0] for row in result["rows"]], ["third", "c", "a;b"])
        for sql in ["SELECT pg_sleep(0)", "SELECT '\\x00ff'::bytea AS b", "WITH x AS (SELECT 1 AS a) SELECT * FROM x LIMIT 1",
                    "VALUES (1, 2), (3, 4)", "TABLE note", "(SELECT 1) UNION (SELECT 2)", "SELECT now(), current_date, 1.5::float8"]:
            self.query(service, sql)

    def test_mariadb(self):
        server = self.server(database_servers.Mariadb)
        service = self.serve_migrated(server.settings())
        self.check_migrations_and_queries(service, server, whole=False)
        self.query(service, "CREATE PROCEDURE sneak() BEGIN COMMIT; DELETE FROM note; END", "--write")
        for sql in ["CALL sneak()", "BEGIN NOT ATOMIC COMMIT; DELETE FROM note; END", "SELECT 1 /*! ; DELETE FROM note */",
                    "COMMIT", "SELECT '\\'; DELETE FROM note -- '; DELETE FROM note", "EXECUTE IMMEDIATE 'DELETE FROM note'"]:
            self.query(service, sql, ok=False)
        # What the server takes for a comment, or for its end, at another place than a reader would.
        change = "COMMIT; DELETE FROM note WHERE text = \'c\'; DROP TABLE half"
        for sql in [f"SHOW TABLES --\x01 \'\n; {change}; -- \'", f"SHOW TABLES /*!99999 \' */ ; {change}; -- \'",
                    f"SHOW TABLES /*M!999999 \' */ ; {change}; -- \'", f"DESC note --\x02 \'\n; {change}; -- \'",
                    f"SELECT 1 --\x7f \'\n; {change}; -- \'"]:
            self.query(service, sql, ok=False)
        self.assertEqual(server.run("SHOW TABLES LIKE 'half'"), "half")
        self.assertEqual(self.query(service, "SHOW TABLES LIKE 'half'")["rows"], [{"values": ["half"]}])
        self.assertEqual(self.query(service, "DESC half")["rows"][0]["values"][0], "a")
        self.assertIn("CREATE TABLE", self.query(service, "SHOW CREATE TABLE half")["rows"][0]["values"][1])
        self.assertEqual(self.query(service, "SELECT GET_LOCK('mainstay_migrations', 0)")["rows"], [{"values": ["1"]}])
        mainstay.wait_until(lambda: server.run("SELECT IS_USED_LOCK('mainstay_migrations')") == "NULL", "the lock went with the query")
        self.check_large_results(service, "SELECT repeat('x', 10000000)", "SELECT repeat('x', 1000000) FROM seq_1_to_100")
        result = self.query(service, "SELECT text AS `A ``?```, text, 1.50, NULL, x'00ff' FROM note ORDER BY text DESC -- so")
        self.assertEqual(result["columns"][:2], ["A `?`", "text"])
        self.assertEqual([row["values"][0] for row in result["rows"]], ["third", "c", "a;b"])
        for sql in ["WITH x AS (SELECT 1 AS a) SELECT * FROM x LIMIT 1", "VALUES (1, 2), (3, 4)", "(SELECT 1) UNION (SELECT 2)",
                    "SELECT sleep(0), now(), curdate(), 1.5e0"]:
            self.query(service, sql)
        for sql in "EXPLAIN SELECT * FROM note", "SHOW STATUS", "SHOW GRANTS", "SHOW PROCESSLIST", "SHOW CREATE PROCEDURE sneak":
            self.assertTrue(self.query(service, sql)["rows"], sql)
        self.assertEqual(server.run("SELECT count(*) FROM note"), "3")

    def test_migrations_of_several_services(self):
        """Each file is run once, whoever comes first."""
        for kind, pause in (database_servers.Postgresql, "SELECT pg_sleep(0.2)"), (database_servers.Mariadb, "DO SLEEP(0.2)"):
            with self.subTest(kind.__name__):
                server = self.server(kind)
                files = {f"sql/{number}-row.sql": f"{pause};\nINSERT INTO once VALUES ({number});\n" for number in range(2, 8)}
                files["sql/1-table.sql"] = "CREATE TABLE once (number INTEGER);\n"
                services = [self.prepare(toml("main", {**server.settings(), "migrations": "sql"}), files) for _ in range(3)]
                for service in services:
                    service.start()
                for service in services:
                    service.wait_serving()
                for service in services:
                    self.wait_for(service, "migrations_applied", 7)
                    self.assertEqual(self.database(service)["migration_problem"], "")
                self.assertEqual(server.run("SELECT count(*) FROM once"), "6")

    def test_migrations_by_odbc(self):
        for kind in database_servers.Postgresql, database_servers.Mariadb:
            server = self.server(kind)
            service = self.serve_migrated(server.odbc())
            database = self.wait_for(service, "migrations_applied", 2)
            self.assertEqual((database["migrations_pending"], database["migration_problem"]), (0, ""))
            self.assertEqual(server.run("SELECT length(checksum) FROM mainstay_migrations WHERE number = 1"), "64")
            # The same ones to the driver that needs no ODBC, and back.
            for settings in server.settings(), server.odbc():
                service.configure(toml("main", {**settings, "migrations": "sql", "console": "write"}))
                service.apply()
                self.wait_for(service, "health", "up")
                database = self.wait_for(service, "migrations_applied", 2)
                self.assertEqual((database["migrations_pending"], database["migration_problem"]), (0, ""))

    def test_port_on_this_machine(self):
        """The client library of MySQL would go to the machine's own socket for `localhost`, whatever the port."""
        server = self.server(database_servers.Mariadb)
        service = self.serve(toml("main", {**server.settings(), "host": "localhost"}))
        self.assertIn("MariaDB", self.wait_for(service, "health", "up")["server_version"])

    def test_names_that_begin_no_block(self):
        """A file in which one statement fails is not done, whatever its tables and columns are called."""
        server = self.server(database_servers.Mariadb)
        service = self.serve(toml("main", server.settings(migrations="sql")), {
            "sql/001-a.sql": "CREATE TABLE booking (id INTEGER, event INTEGER, begin TIMESTAMP);\n"
                             "INSERT INTO nowhere VALUES (1);\nCREATE TABLE late (a INTEGER);\n"})
        problem = mainstay.wait_until(lambda: self.database(service)["migration_problem"], "the failure is told")
        self.assertIn("`001-a.sql`, line 2: statement 2 of 3 failed", problem)
        self.assertEqual(self.database(service)["migrations_applied"], 0)
        self.assertEqual(server.run("SHOW TABLES LIKE 'late'"), "")

    def test_a_migration_that_is_broken_off(self):
        server = self.server(database_servers.Mariadb)
        service = self.serve(toml("main", server.settings(migrations="sql")), {
            "sql/001-a.sql": "CREATE TABLE a (x INTEGER);\nDO SLEEP(3);\nCREATE TABLE b (x INTEGER);\n"})
        mainstay.wait_until(lambda: server.run("SELECT count(*) FROM information_schema.processlist WHERE state = 'User sleep'")
                            != "0", "it is at its second statement")
        os.kill(service.core, signal.SIGKILL)
        service.wait_serving()
        problem = mainstay.wait_until(lambda: self.database(service)["migration_problem"], "it is told")
        self.assertIn("at statement 2 of 3, which may be done; the one before it is done, and stays", problem)
        self.assertEqual(server.run("SHOW TABLES LIKE 'b'"), "")
        # The same again, until somebody has seen to it.
        service.apply()
        mainstay.wait_until(lambda: self.database(service)["migration_problem"] == problem, "it is told again")
        service.write("sql/001-a.sql", "CREATE TABLE b (x INTEGER);\n")
        service.apply()
        self.wait_for(service, "migrations_applied", 1)
        self.assertEqual(server.run("SELECT count(*) FROM mainstay_migrations_begun"), "0")

    def test_being_busy_is_not_being_down(self):
        server = self.server(database_servers.Postgresql)
        service = self.serve(toml("main", server.settings(connect_timeout="5s", query_timeout="60s")))
        self.wait_for(service, "health", "up")
        asking = [mainstay.start([mainstay.PROGRAMS / "mainstayctl", "database", "query", "main", "SELECT pg_sleep(20)",
                                  "--socket", service.runtime / "control.sock"], stdout=-3, stderr=-3) for _ in range(3)]
        mainstay.wait_until(lambda: self.database(service)["reason"].startswith("not asked"), "no connection is left")
        self.assertEqual(self.database(service)["health"], "up")
        self.assertNotIn("database.down", str(service.status()["problems"]))
        for process in asking:
            process.wait(mainstay.PATIENCE)
        self.wait_for(service, "reason", "answers")

    def test_a_file_that_is_replaced(self):
        server = self.server(database_servers.Sqlite)
        service = self.serve_migrated(server.settings())
        self.wait_for(service, "migrations_applied", 2)
        self.query(service, "INSERT INTO note VALUES ('lost')", "--write")
        server.file.unlink()
        mainstay.wait_until(lambda: server.file.exists() and "note" in server.run(".tables"), "the new file is migrated")
        mainstay.wait_until(lambda: server.run("SELECT count(*) FROM note") == "2", "all of it")
        self.query(service, "INSERT INTO note VALUES ('kept')", "--write")
        self.assertEqual(server.run("SELECT group_concat(text) FROM note"), "a;b,c,kept")
        self.assertIn("replaced or removed", service.ctl_raw("log", "tail", "-n", "100").stdout)

    def test_a_file_that_is_damaged_is_said(self):
        server = self.server(database_servers.Sqlite)
        server.run("CREATE TABLE big (text TEXT); INSERT INTO big WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                   "LIMIT 500) SELECT i || hex(randomblob(90)) FROM n")
        whole = server.file.read_bytes()
        server.file.write_bytes(whole[:4096] + b"damaged!" * 2048 + whole[4096 + 8 * 2048:])
        service = self.serve(toml("main", server.settings()))
        self.wait_for(service, "health", "up")
        refused = self.query(service, "SELECT text FROM big", ok=False)["error"]
        self.assertIn("malformed", refused["message"])
        told = [(entry["code"], entry["path"]) for entry in service.status()["problems"]]
        self.assertEqual(told, [("database.damaged", "database.main")])
        backup = server.folder / "backup.db"
        backup.write_bytes(whole)
        os.replace(backup, server.file)
        mainstay.wait_until(lambda: not service.status()["problems"], "the backup is in use")

    def test_large_results_of_sqlite(self):
        server = self.server(database_servers.Sqlite)
        service = self.serve(toml("main", server.settings()))
        self.wait_for(service, "health", "up")
        self.check_large_results(service, "SELECT printf('%.*c', 1000000, 'x') FROM (VALUES (1), (2), (3))")
        before = self.core_peak(service)
        self.query(service, "SELECT hex(zeroblob(200000000))", ok=False)
        self.assertLess(self.core_peak(service) - before, 60 << 20)

    def test_sqlite_by_odbc_is_read_only_when_somebody_says_so(self):
        server = self.server(database_servers.Sqlite)
        written = server.folder / "written"
        service = self.serve(toml("main", server.odbc(unguarded_reads=False)))
        self.wait_for(service, "health", "up")
        for sql in ["SELECT 1", f"SELECT blob_export(x'414243', '{written}')", "SELECT load_extension('/nowhere.so')"]:
            refused = self.query(service, sql, ok=False)["error"]
            self.assertIn("nothing holds a statement to reading", refused["message"])
            self.assertIn("unguarded_reads", refused["remedy"])
        self.assertFalse(written.exists())
        service.configure(toml("main", server.odbc(unguarded_reads=True)))
        service.apply()
        self.wait_for(service, "health", "up")
        self.assertEqual(self.query(service, "SELECT 1 AS one")["rows"], [{"values": ["1"]}])
        self.query(service, "CREATE TABLE a (b)", ok=False)

    def test_errors_behind_the_first_result(self):
        server = self.server(database_servers.Mariadb)
        server.run("CREATE TABLE note (id INTEGER PRIMARY KEY)")
        server.run("DELIMITER //\nCREATE PROCEDURE late() BEGIN SELECT 1; INSERT INTO note VALUES (1); END//")
        service = self.serve(toml("main", server.settings(migrations="sql", console="write", slow_query="20ms")), {
            "sql/001-first.sql": "INSERT INTO note VALUES (1);\nCALL late();\n"})
        problem = mainstay.wait_until(lambda: self.database(service)["migration_problem"], "the failure is told")
        self.assertIn("Duplicate entry", problem)
        self.assertEqual(server.run("SELECT count(*) FROM note"), "0")
        self.assertEqual(self.query(service, "CALL late()", "--write")["rows"], [{"values": ["1"]}])
        self.query(service, "CALL late()", "--write", ok=False)
        # What was asked is what the log of slow statements shows.
        self.query(service, "SELECT sleep(1) AS slept")
        self.assertIn(": SELECT sleep(?) AS slept\n", service.output())

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
        reason = self.wait_for(service, "health", "down")["reason"]
        self.assertIn(("database.down", "database.main", reason),
                      [(entry["code"], entry["path"], entry["message"]) for entry in service.status()["problems"]])
        self.query(service, "SELECT 1", ok=False)
        server.start()
        self.wait_for(service, "health", "up")
        self.assertEqual(service.status()["problems"], [])
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


class Ways(mainstay.TestCase):
    """In which data sources and passwords are told: to the core, and to the handlers of an app, a program of its own."""

    def test_all_of_them(self):
        server = database_servers.Postgresql()
        self.addCleanup(server.close)
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="mainstay-")))
        driver = f"Driver={database_servers.odbc_driver('psqlodbcw.so')};Server=127.0.0.1;Port={server.port};Database=shop"
        (folder / "odbc.ini").write_text("[stock]\n" + driver.replace("Server=", "Servername=").replace(";", "\n") + "\n")
        whole = folder / "stock.connection"
        whole.write_text(f"{driver};UID=shop;PWD={database_servers.PASSWORD}\n")
        whole.chmod(0o600)
        odbc = {"driver": "odbc", "user": "shop"}
        by_variable = {"password_variable": "STOCK_PASSWORD"}
        by_file = {"password_file": str(server.password_file)}
        native = {key: value for key, value in server.settings().items() if key != "password_file"}
        ways = {"file": native | by_file, "variable": native | by_variable,
                "string": odbc | by_file | {"dsn": driver}, "string-variable": odbc | by_variable | {"dsn": driver},
                "name": odbc | by_file | {"dsn": "stock"}, "name-of": odbc | by_file | {"dsn": "DSN=stock"},
                "whole": {"driver": "odbc", "connection_file": str(whole)}}
        port = mainstay.free_port()
        text = f'[listener.web]\naddress = ["127.0.0.1:{port}"]\n[site.all]\nhosts = ["*"]\n'
        for name in ways:
            text += f'[[site.all.route]]\npath = "/{name}"\napp = "{name}"\n'
        for name, settings in ways.items():
            text += toml(name, settings)
            text += f'[app.{name}]\nkind = "handlers"\ndatabase = "{name}"\n' \
                    f'[[app.{name}.handler]]\npath = "/{name}"\nresult = "scalar"\nsql = ["SELECT current_user"]\n'
        environment = {"ODBCINI": str(folder / "odbc.ini"), "STOCK_PASSWORD": database_servers.PASSWORD}
        with unittest.mock.patch.dict(os.environ, environment):
            service = self.serve(text)

        def health(name: str) -> str:
            return next(entry["health"] for entry in service.status()["databases"] if entry["name"] == name)
        for name in ways:
            with self.subTest(name):
                mainstay.wait_until(lambda: health(name) == "up", f"{name} is up")
                self.assertEqual(service.ctl("database", "query", name, "SELECT current_user")["rows"],
                                 [{"values": ["shop"]}])
                reply = mainstay.wait_until(
                    lambda: (lambda reply: reply.status == 200 and reply)(mainstay.curl(f"http://127.0.0.1:{port}/{name}")),
                    "its handler answers")
                self.assertEqual(json.loads(reply.body), "shop")
        self.assertNotIn(database_servers.PASSWORD, json.dumps(service.status()) + json.dumps(service.ctl("config", "get")))


if __name__ == "__main__":
    mainstay.main()
