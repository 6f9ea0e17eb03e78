# SPDX-License-Identifier: GPL-3.0-or-later
"""The state folder on a disk that is full: what is written is refused with a reason, the rest is served, and it is all well
again once there is room.

The disk is a small one in memory, which takes a mount namespace of our own; where none is permitted, nothing is tested.
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading

import mainstay

DISK = os.environ.get("MAINSTAY_SMALL_DISK")
ENTER = ["unshare", "--user", "--map-current-user", "--keep-caps", "--mount"]
ZONE = "@ 300 SOA ns hostmaster 1 3600 900 86400 300\n@ NS ns\nns A 127.0.0.1\n"
MIGRATION = """CREATE TABLE entries (id INTEGER PRIMARY KEY, said TEXT NOT NULL);
               CREATE TABLE total (count INTEGER NOT NULL);
               INSERT INTO total VALUES (0);"""


class Visitor(threading.Thread):
    """Asks for the same, again and again, at a pace that leaves the log small."""

    def __init__(self, *urls: str):
        super().__init__()
        self._urls = urls
        self._ended = threading.Event()
        self.statuses = set()
        self.start()

    def run(self):
        while not self._ended.wait(0.02):
            self.statuses |= {mainstay.curl(url).status for url in self._urls}

    def end(self):
        self._ended.set()
        self.join()


class FullDisk(mainstay.TestCase):
    def setUp(self):
        super().setUp()
        self.disk = pathlib.Path(DISK)
        self.filler = self.disk / "filler"
        self.port, self.dns = mainstay.free_port(), mainstay.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.toml = f"""
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            [listener.dns]
            address = ["127.0.0.1:{self.dns}"]
            protocol = "dns"
            [zone."demo.test"]
            file = "demo.test.zone"
            [site.all]
            hosts = ["*"]
            [[site.all.route]]
            path = "/"
            root = "site"
            [[site.all.route]]
            path = "/api/"
            app = "guestbook"
            [[site.all.route]]
            path = "/echo"
            backend = "node"
            request_buffering = "on"
            [backend.node.server.a]
            address = "127.0.0.1:{self.node("a").port}"
            [database.main]
            file = "guestbook.db"
            migrations = "migrations"
            idle_timeout = "1s"
            console = "write"
            [app.guestbook]
            kind = "handlers"
            database = "main"
            [[app.guestbook.handler]]
            path = "/api/entries"
            sql = ["SELECT id, length(said) AS length FROM entries ORDER BY id"]
            [[app.guestbook.handler]]
            path = "/api/total"
            sql = ["SELECT count FROM total"]
            result = "scalar"
            [[app.guestbook.handler]]
            path = "/api/entries"
            method = "POST"
            read_only = false
            sql = ["UPDATE total SET count = count + 1", "INSERT INTO entries (said) VALUES (:said)"]
            result = "none"
            [[app.guestbook.handler.parameter]]
            name = "said"
            in = "body"
            """
        self.addCleanup(self.empty_disk)
        self.service = self.prepare(self.toml, {"site/index.html": "static", "demo.test.zone": ZONE,
                                                "migrations/001-entries.sql": MIGRATION})
        self.service.state.rmdir()
        self.service.state = self.disk / "state"
        self.service.state.mkdir()
        self.service.start()
        self.service.wait_serving()
        mainstay.wait_until(lambda: self.service.status()["databases"][0]["migrations_applied"] == 1, "migrated")
        mainstay.wait_until(lambda: self.service.status()["apps"][0]["ready"] == 1, "the guestbook is ready")

    def empty_disk(self):
        for left in self.disk.iterdir():
            shutil.rmtree(left) if left.is_dir() else left.unlink()

    def fill(self, leave: int = 0):
        """Leaves so many bytes of the disk, or none."""
        with open(self.filler, "ab", buffering=0) as file:
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"f" * 4096)
            file.truncate(max(0, file.tell() - leave))

    def say(self, text: str) -> mainstay.Reply:
        return mainstay.curl(self.url + "/api/entries", "--json", json.dumps({"said": text}))

    def get(self, path: str):
        reply = mainstay.curl(self.url + path)
        self.assertEqual(reply.status, 200, f"{path}: {reply}")
        return reply.body

    def counts(self) -> tuple:
        """Rows, and what the transactions counted: the same, or one was done by half."""
        return len(json.loads(self.get("/api/entries"))), int(self.get("/api/total"))

    def assertRestServed(self):
        self.assertEqual(self.get("/"), b"static")
        self.assertEqual(len(mainstay.dig(self.dns, "ns.demo.test").answer), 1)
        self.assertEqual(self.service.status()["state"], "serving")

    def test_writes_are_refused_and_the_rest_is_served(self):
        self.assertEqual(self.say("before").status, 204)
        visitor = Visitor(self.url + "/", self.url + "/api/entries")
        self.addCleanup(visitor.end)
        self.fill(leave=256 << 10)
        done, full = 1, None
        while not full:  # up to the last byte
            reply = self.say("x" * 5000)
            if reply.status == 204:
                done += 1
            else:
                full = reply
            self.assertLess(done, 1000)
        self.assertEqual((full.status, json.loads(full.body)["code"]), (507, "database.full"), full)
        self.assertEqual(self.counts(), (done, done))
        self.assertRestServed()

        self.fill()
        for _ in range(3):
            self.assertEqual(self.say("y" * 5000).status, 507)
        self.assertEqual(self.counts(), (done, done))
        refused = self.service.ctl("database", "query", "main", f"INSERT INTO entries (said) VALUES ('{'z' * 9000}')",
                                   "--write", ok=False)
        self.assertEqual(refused["error"]["code"], "database.full", refused)

        # A change of the configuration is refused as a whole.
        revision = self.service.status()["revision"]
        self.service.configure(self.toml + '\n[site.more]\nhosts = ["more.test"]\n[[site.more.route]]\nroot = "site"\n' +
                               "#" * 20_000)
        refused = self.service.ctl("config", "apply", ok=False)
        self.assertIn("No space left on device", str(refused))
        status = self.service.status()
        self.assertEqual((status["revision"], [site["name"] for site in status["sites"]]), (revision, ["all"]))
        self.service.write("migrations/002-more.sql", "CREATE TABLE more (a TEXT);\nINSERT INTO more VALUES ('" +
                           "m" * 20_000 + "');")
        self.assertRestServed()
        mainstay.wait_until(lambda: "access.log" in str(self.service.status()["problems"]), "the log's trouble is told")
        visitor.end()
        self.assertEqual(visitor.statuses, {200})

        self.filler.unlink()
        mainstay.wait_until(lambda: self.say("after").status == 204, "there is room again")
        mainstay.wait_until(lambda: "access.log" not in str(self.service.status()["problems"]), "the log is well again")
        self.assertEqual(self.counts(), (done + 1, done + 1))
        self.get("/?afterwards")
        log = self.service.state / "log/access.log"
        mainstay.wait_until(lambda: "/?afterwards" in log.read_text(), "the access log is written again")
        self.service.apply()
        mainstay.wait_until(lambda: not self.service.status()["problems"], "nothing is wrong any more")
        mainstay.wait_until(lambda: self.service.status()["databases"][0]["migrations_applied"] == 2, "migrated")
        self.service.stop()
        with contextlib.closing(sqlite3.connect(self.service.state / "data/guestbook.db")) as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchone(), ("ok",))
            self.assertEqual(database.execute("SELECT count(*) FROM entries").fetchone(), (done + 1,))

    def send(self, size: int) -> mainstay.Reply:
        file = self.service.folder / "upload"
        file.write_bytes(b"x" * size)
        return mainstay.curl(self.url + "/echo", "--data-binary", f"@{file}", "-H", "Expect:")

    def test_bodies_that_find_no_room_are_refused(self):
        self.fill(leave=1 << 20)
        for _ in range(3):
            self.assertEqual(self.send(2 << 20).status, 507)
        told = self.service.output().count("cannot keep a body in")
        self.assertEqual(told, 1, self.service.output())  # and not for each
        # Room was left to others, and what was taken is given back.
        self.assertEqual(self.say("x" * 5000).status, 204)
        self.assertEqual(self.send(300_000).status, 200)

        slow = mainstay.connect(self.port)
        self.addCleanup(slow.close)
        slow.sendall(b"PUT /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 200_000)
        self.fill()
        slow.sendall(b"x" * 200_000)
        self.assertTrue(slow.recv(1000).startswith(b"HTTP/1.1 507 "))
        self.assertEqual(self.send(100_000).status, 507)
        self.assertEqual(self.send(60_000).status, 200)  # in memory
        self.assertRestServed()
        self.filler.unlink()
        self.assertEqual(self.send(2 << 20).status, 200)

    def test_it_starts_again_while_the_disk_is_full(self):
        self.assertEqual(self.say("before").status, 204)
        self.fill()
        os.kill(self.service.status()["apps"][0]["instances"][0]["pid"], signal.SIGKILL)
        mainstay.wait_until(lambda: mainstay.curl(self.url + "/api/entries").status == 200, "the guestbook is back")
        os.kill(self.service.core, signal.SIGKILL)
        mainstay.wait_until(lambda: self.service.status().get("state") == "serving", "the core is back")
        self.assertRestServed()
        mainstay.wait_until(lambda: mainstay.curl(self.url + "/api/entries").status == 200, "and reads go on")
        self.assertEqual(self.service.stop(), 0)
        self.fill()
        self.service.start()
        self.service.wait_serving()
        self.assertRestServed()
        mainstay.wait_until(lambda: mainstay.curl(self.url + "/api/entries").status == 200, "and again")
        self.assertEqual(self.say("x" * 9000).status, 507)
        self.filler.unlink()
        mainstay.wait_until(lambda: self.say("after").status == 204, "there is room again")
        self.assertEqual(self.counts(), (2, 2))


def main():
    if DISK:
        return mainstay.main()
    tried = mainstay.run(*ENTER, "true")
    if tried.returncode != 0:
        print(f"skipped: no mount namespace of our own is permitted here: {tried.stderr.strip()}")
        sys.exit(77)  # which ctest takes for skipped
    folder = tempfile.mkdtemp(prefix="mainstay-disk-")
    script = 'mount -t tmpfs -o size=6m,mode=0700 tmpfs "$MAINSTAY_SMALL_DISK" && exec "$@"'
    bare = ["setpriv", "--inh-caps=-all", "--ambient-caps=-all", "--"]
    try:
        done = subprocess.run([*ENTER, "sh", "-c", script, "sh", *bare, sys.executable, "-B", *sys.argv],
                              env={**os.environ, "MAINSTAY_SMALL_DISK": folder})
    finally:
        os.rmdir(folder)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
