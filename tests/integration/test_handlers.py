# SPDX-License-Identifier: GPL-3.0-or-later
"""SQL handlers behind a site: a guestbook whose program the service starts, watches and starts again."""
import json
import os
import signal

import mainstay

MIGRATION = "CREATE TABLE entries (id INTEGER PRIMARY KEY, who TEXT NOT NULL, said TEXT NOT NULL);"


class Guestbook(mainstay.TestCase):
    def setUp(self):
        super().setUp()
        self.port = mainstay.free_port()
        self.whole = mainstay.free_port()
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
            """, {"site/index.html": "static", "migrations/001-entries.sql": MIGRATION})
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
            os.kill(self.app()["instances"][0]["pid"], signal.SIGKILL)
            mainstay.wait_until(lambda: self.app()["ready"] == 2, "it is back")
        self.assertUnharmed(load)
        self.assertUnharmed(reading)
        self.assertEqual(self.entries(), [("Ada", "hello")])


if __name__ == "__main__":
    mainstay.main()
