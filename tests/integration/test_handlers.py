# SPDX-License-Identifier: GPL-3.0-or-later
"""SQL handlers behind a site: a guestbook whose program the service starts, watches and starts again."""
import json
import os
import signal

import database_servers
import mainstay

# A migration that takes its time.
SLOW = """CREATE TABLE numbers (n INTEGER);
INSERT INTO numbers WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < 4000000)
SELECT n FROM counted;
"""
ZONE = """$ORIGIN demo.test.
$TTL 60
@ SOA ns admin 1 3600 600 86400 60
@ NS ns
ns A 127.0.0.1
www A 127.0.0.1
"""
MIGRATION = "CREATE TABLE entries (id INTEGER PRIMARY KEY, who TEXT NOT NULL, said TEXT NOT NULL);"


class Guestbook(mainstay.TestCase):
    def setUp(self):
        super().setUp()
        self.port = mainstay.free_port()
        self.whole = mainstay.free_port()
        self.names = mainstay.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.service = self.serve(f"""
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            [site.all]
            hosts = ["*"]
            listeners = ["web"]
            [[site.all.route]]
            path = "/"
            root = "site"
            [[site.all.route]]
            path = "/api/"
            app = "guestbook"
            [listener.whole]
            address = ["127.0.0.1:{self.whole}"]
            [site.whole]
            hosts = ["*"]
            listeners = ["whole"]
            [[site.whole.route]]
            path = "/"
            app = "guestbook"
            [listener.dns]
            address = ["127.0.0.1:{self.names}"]
            protocol = "dns"
            [zone."demo.test"]
            file = "demo.test.zone"
            [database.main]
            file = "guestbook.db"
            migrations = "migrations"
            [app.guestbook]
            kind = "handlers"
            database = "main"
            instances = 2
            [[app.guestbook.handler]]
            path = "/api/guestbook"
            sql = ["SELECT id, who, said FROM entries ORDER BY id"]
            [[app.guestbook.handler]]
            path = "/api/guestbook"
            method = "POST"
            read_only = false
            sql = ["INSERT INTO entries (who, said) VALUES (:who, :said)"]
            result = "none"
            [[app.guestbook.handler.parameter]]
            name = "who"
            in = "body"
            max_length = 40
            [[app.guestbook.handler.parameter]]
            name = "said"
            in = "body"
            """, {"site/index.html": "static", "migrations/001-entries.sql": MIGRATION, "demo.test.zone": ZONE})
        mainstay.wait_until(lambda: self.app()["ready"] == 2, "the guestbook is ready")
        mainstay.wait_until(lambda: self.service.status()["databases"][0]["migrations_applied"] == 1, "migrated")

    def app(self) -> dict:
        return self.service.status()["apps"][0]

    def sign(self, who: str, said: str) -> mainstay.Reply:
        return mainstay.curl(self.url + "/api/guestbook", "-H", "Content-Type: application/json", "-d",
                             json.dumps({"who": who, "said": said}))

    def entries(self) -> list:
        reply = mainstay.curl(self.url + "/api/guestbook")
        self.assertEqual(reply.status, 200, reply)
        return [(entry["who"], entry["said"]) for entry in json.loads(reply.body)]

    def test_what_is_written_is_read_and_stays(self):
        self.assertEqual(self.entries(), [])
        poison = "Robert'); DROP TABLE entries;--"
        self.assertEqual(self.sign("Ada", poison).status, 204)
        self.assertEqual(self.sign("x" * 41, "too long").status, 400)
        self.assertEqual(self.entries(), [("Ada", poison)])
        self.service.ctl("app", "restart", "guestbook")
        mainstay.wait_until(lambda: not (app := self.app())["restarting"] and app["ready"] == len(app["instances"]) == 2,
                            "it is replaced")
        self.assertEqual(self.entries(), [("Ada", poison)])
        # Who reaches the instance itself has no way in, and the token is nowhere to be seen.
        address = self.app()["instances"][0]["address"]
        self.assertEqual(mainstay.curl(f"http://{address}/api/guestbook").status, 403)
        with open(f"/proc/{self.app()['instances'][0]['pid']}/cmdline") as line:
            self.assertEqual(line.read().split("\0")[1:3], ["--config-fd", "3"])
        result = self.service.ctl("database", "query", "main", "SELECT count(*) FROM entries")
        self.assertEqual(result["rows"][0]["values"], ["1"])
        self.service.ctl("database", "query", "main", "DELETE FROM entries", ok=False)

    def pools(self) -> dict:
        return {pool["user"]: pool for pool in self.service.status()["databases"][0]["pools"]}

    def test_who_uses_the_database_is_seen(self):
        for _ in range(20):
            self.entries()
        apps = [f"app guestbook.{instance['name']}" for instance in self.app()["instances"]]
        def done(app: str) -> int:
            return self.pools().get(app, {"statements": 0})["statements"]
        mainstay.wait_until(lambda: all(map(done, apps)) and sum(map(done, apps)) == 20, "both have told what they did")
        self.assertEqual(set(self.pools()), {"core", *apps})
        shown = self.service.ctl_raw("database", "list").stdout
        for app in apps:
            self.assertIn(app, shown)
        self.service.ctl("app", "restart", "guestbook")
        mainstay.wait_until(lambda: not set(self.pools()) & set(apps), "those that are gone have vanished")
        mainstay.wait_until(lambda: len(self.pools()) == 3, "and their successors are there")

    def test_what_the_service_asks_its_program_is_not_for_clients(self):
        whole = f"http://127.0.0.1:{self.whole}"
        self.assertEqual(mainstay.curl(whole + "/api/guestbook").status, 200)
        for path in "/.mainstay/status", "/.mainstay/ready", "/%2emainstay/status", "//.mainstay/status", "/x/../.mainstay/status":
            reply = mainstay.curl(whole + path, "--path-as-is", "-H", "X-Forwarded-For:")
            self.assertNotEqual(reply.status, 200, f"{path}: {reply}")
            self.assertNotIn(b"statements", reply.body)

    def test_a_crash_is_nobody_elses(self):
        self.sign("Ada", "hello")
        load = self.load(self.url + "/", 8)
        reading = self.load(self.url + "/api/guestbook", 4)
        for _ in range(2):
            killed = self.app()["instances"][0]["pid"]
            os.kill(killed, signal.SIGKILL)
            for _ in range(10):
                self.assertEqual(mainstay.dig(self.names, "www.demo.test").status, "NOERROR")
            mainstay.wait_until(lambda: (app := self.app())["ready"] == 2 and
                                killed not in [instance["pid"] for instance in app["instances"]], "it is back")
        self.assertUnharmed(load)
        self.assertUnharmed(reading)
        self.assertEqual(self.entries(), [("Ada", "hello")])


class Migrating(mainstay.TestCase):
    """Statements wait for the tables that migrations make."""

    def setUp(self):
        super().setUp()
        self.port = mainstay.free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.service = self.prepare(self.toml("entries"), {"migrations/001-slow.sql": SLOW + MIGRATION})

    def toml(self, *tables: str) -> str:
        return f"""
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            [site.all]
            hosts = ["*"]
            [[site.all.route]]
            path = "/"
            app = "tables"
            [database.main]
            file = "tables.db"
            migrations = "migrations"
            [app.tables]
            kind = "handlers"
            database = "main"
            instances = 2
            """ + "".join(f"""
            [[app.tables.handler]]
            path = "/{table}"
            sql = ["SELECT count(*) FROM {table}"]
            result = "scalar"
            """ for table in tables)

    def app(self) -> dict:
        return self.service.status()["apps"][0]

    def ask_until_answered(self, table: str) -> list:
        """The statuses until the first 200, and of some requests more."""
        statuses = []
        def answered():
            statuses.append(mainstay.curl(self.url + table).status)
            return statuses.count(200) >= 5
        mainstay.wait_until(answered, f"{table} is answered")
        return statuses

    def test_a_fresh_database_is_never_asked_too_early(self):
        self.service.start()
        statuses = self.ask_until_answered("entries")
        self.assertEqual(set(statuses[statuses.index(200):]), {200})
        self.assertLessEqual(set(statuses), {0, 503, 200})  # 0: before it listens
        self.assertIn("waits for the migrations of database main", self.service.output())
        mainstay.wait_until(lambda: self.app()["ready"] == 2, "all instances run")
        self.assertEqual(self.app()["reason"], "")

    def test_new_tables_for_what_runs(self):
        self.service.start()
        self.ask_until_answered("entries")
        mainstay.wait_until(lambda: self.app()["ready"] == 2, "all instances run")
        load = self.load(self.url + "entries", 4)
        self.service.write("migrations/002-more.sql", SLOW.replace("numbers", "more"))
        self.service.configure(self.toml("entries", "more"))
        self.service.apply()
        mainstay.wait_until(lambda: self.app()["reason"] == "waits for the migrations of database main", "it is said")
        self.assertLessEqual(set(self.ask_until_answered("more")), {404, 200})  # as long as the old instances answer
        self.assertUnharmed(load)

    def test_a_migration_that_fails_holds_back_what_needs_it(self):
        self.service.start()
        self.ask_until_answered("entries")
        mainstay.wait_until(lambda: self.app()["ready"] == 2, "all instances run")
        self.service.write("migrations/002-more.sql", "CREATE TABEL more (n INTEGER);")
        self.service.configure(self.toml("entries", "more"))
        self.service.apply()
        mainstay.wait_until(lambda: self.app()["reason"].startswith(
            "waits for the migrations of database main: `002-more.sql`, line 1: "), "the reason is named")
        self.assertEqual(self.app()["ready"], 2)
        self.assertEqual([mainstay.curl(self.url + table).status for table in ("entries", "more")], [200, 404])
        self.service.write("migrations/002-more.sql", "CREATE TABLE more (n INTEGER);")
        self.service.apply()
        self.assertLessEqual(set(self.ask_until_answered("more")), {404, 200})
        mainstay.wait_until(lambda: self.app()["reason"] == "", "all is well")


class Reaching(mainstay.TestCase):
    """What reaches its database is not replaced by what does not."""

    def setUp(self):
        super().setUp()
        self.server = database_servers.Postgresql()
        self.addCleanup(self.server.close)
        self.port = mainstay.free_port()
        self.url = f"http://127.0.0.1:{self.port}/"

    def toml(self, handlers: str = "one", **changes) -> str:
        settings = "\n".join(f"{key} = {json.dumps(value if isinstance(value, int) else str(value))}"
                             for key, value in self.server.settings(**changes).items())
        return f"""
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            [site.all]
            hosts = ["*"]
            [[site.all.route]]
            path = "/"
            app = "shop"
            [database.main]
            {settings}
            [app.shop]
            kind = "handlers"
            database = "main"
            instances = 2
            [[app.shop.handler]]
            path = "/{handlers}"
            sql = ["SELECT 1"]
            result = "scalar"
            """

    def app(self, service) -> dict:
        return service.status()["apps"][0]

    def await_new(self, service):
        mainstay.wait_until(lambda: (app := self.app(service))["ready"] == 2 and not app["restarting"] and not app["reason"] and
                            len(app["instances"]) == 2, "the new instances have taken over")

    def test_a_mistake_in_a_database_ends_nothing_that_works(self):
        service = self.serve(self.toml())
        self.await_new(service)
        self.assertEqual(mainstay.curl(self.url + "one").status, 200)
        load = self.load(self.url + "one", 4)
        service.configure(self.toml(password_file="/nonexistent"))
        refused = service.ctl("config", "check", ok=False)
        self.assertEqual([(p["code"], p["path"]) for p in refused["problems"]],
                         [("secret.unreadable", "database.main.password_file")])
        for changes in {"port": 1}, {"name": "nowhere"}:
            service.configure(self.toml("two", **changes))
            service.apply()
            mainstay.wait_until(lambda: "does not reach its database, as the one before does: " in self.app(service)["reason"],
                                "it is said")
            self.assertIn("app.unwell", [problem["code"] for problem in service.status()["problems"]])
            self.assertGreaterEqual(self.app(service)["ready"], 2)
        self.assertUnharmed(load)
        service.configure(self.toml("two"))
        service.apply()
        self.await_new(service)
        self.assertEqual(mainstay.curl(self.url + "two").status, 200)

    def test_a_database_that_is_away_holds_nothing_up(self):
        self.server.stop()
        service = self.serve(self.toml())
        self.await_new(service)
        self.assertEqual(mainstay.curl(self.url + "one").status, 503)
        service.configure(self.toml("two"))
        service.apply()
        mainstay.wait_until(lambda: mainstay.curl(self.url + "two").status == 503, "what was changed runs")
        self.await_new(service)
        self.server.start()
        mainstay.wait_until(lambda: mainstay.curl(self.url + "two").status == 200, "it is back")


if __name__ == "__main__":
    mainstay.main()
