# SPDX-License-Identifier: GPL-3.0-or-later
"""mainstay-apphost by itself: who may ask, what is refused, how it ends."""
import contextlib
import json
import os
import pathlib
import re
import resource
import select
import signal
import socket
import subprocess
import threading
import time

import mainstay
from apphost import TOKEN, Apphost, parameter

ECHO = [
    {"path": "/echo/{id}", "sql": ["SELECT :id AS id, :q AS q"], "result": "object",
     "parameter": [parameter("id", "integer", "path", min=1, max=9), parameter("q", required=False)]},
    {"path": "/typed", "sql": ["SELECT :n AS n, :b AS b"], "result": "object",
     "parameter": [parameter("n", "number", required=False), parameter("b", "boolean", required=False)]},
    {"path": "/post", "method": "POST", "sql": ["SELECT :text AS text, :n AS n"], "result": "object",
     "parameter": [parameter("text", place="body", max_length=5), parameter("n", "integer", "body", required=False)]},
    {"path": "/slow", "sql": ["WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT :rows) "
                              "SELECT count(*) AS c FROM n"], "result": "scalar", "timeout": "20s",
     "parameter": [parameter("rows", "integer")]},
]


class ApphostTest(mainstay.TestCase):
    def serve_sqlite(self, handlers=ECHO, **app) -> Apphost:
        return Apphost.serve(self, handlers, {"driver": "sqlite", "file": "shop.db"}, **app)

    def test_only_with_the_token(self):
        host = self.serve_sqlite()
        for options in [], ["-H", "Mainstay-Token: wrong"], ["-H", "Mainstay-Token:"], ["-H", f"Mainstay-Token: {TOKEN}x"], \
                ["-H", f"Mainstay-Token: {TOKEN[:-1]}"], ["-H", f"Mainstay-Token: {TOKEN}", "-H", "Mainstay-Token: x"]:
            for path in "/echo/1", "/.mainstay/ready", "/.mainstay/status", "/nothing":
                self.assertEqual(mainstay.curl(host.url(path), *options).status, 403, f"{path} {options}")
        self.assertEqual(host.json("/echo/1"), {"id": 1, "q": None})
        command = pathlib.Path(f"/proc/{host.pid}/cmdline").read_text()
        self.assertNotIn(TOKEN, command + host.output())

    def test_listens_on_loopback_alone(self):
        host = self.serve_sqlite()
        with open("/proc/net/tcp") as tcp, open("/proc/net/tcp6") as tcp6:
            places = [line.split()[1] for line in [*tcp, *tcp6] if f":{host.port:04X} " in line and " 0A " in line]
        self.assertEqual(places, [f"0100007F:{host.port:04X}"])

    def test_routes(self):
        host = self.serve_sqlite()
        self.assertEqual(host.get("/echo").status, 404)
        self.assertEqual(host.get("/echo/1/").status, 404)
        self.assertEqual(host.get("//echo/1").status, 404)
        reply = host.send("DELETE", "/echo/1")
        self.assertEqual((reply.status, reply.headers["allow"]), (405, "GET, HEAD"))
        with mainstay.connect(host.port) as bare:
            bare.sendall(f"HEAD /echo/1 HTTP/1.1\r\nMainstay-Token: {TOKEN}\r\nConnection: close\r\n\r\n".encode())
            head = b"".join(iter(lambda: bare.recv(4096), b""))
        self.assertIn(b"\r\nContent-Length: 17\r\n", head)
        self.assertTrue(head.startswith(b"HTTP/1.1 200 ") and head.endswith(b"\r\n\r\n"), head)
        self.assertEqual(host.json("/echo/%31?q=%41+b%26"), {"id": 1, "q": "A b&"})

    def test_wrong_types_are_named(self):
        host = self.serve_sqlite()
        for path, name in {"/echo/x": "id", "/echo/0": "id", "/echo/10": "id", "/echo/1.0": "id", "/echo/1%00": "",
                           "/echo/99999999999999999999": "id", "/echo/1?q=a&q=b": "q", "/echo/1?q=%ff": "q",
                           "/typed?n=1x": "n", "/typed?n=nan": "n", "/typed?n=1e999": "n", "/typed?b=yes": "b"}.items():
            reply = host.get(path)
            self.assertIn(reply.status, [400] if name else [400, 404], f"{path}: {reply}")
            if name:
                self.assertEqual(json.loads(reply.body)["parameter"], name, path)
                self.assertIn(f"`{name}`", json.loads(reply.body)["error"])
        self.assertEqual(host.json("/typed?n=-1.5e3&b=false"), {"n": -1500, "b": 0})

    def test_bodies(self):
        host = self.serve_sqlite(max_body="4KiB")
        self.assertEqual(json.loads(host.send("POST", "/post", {"text": "🎈🎈🎈🎈🎈", "n": 3}).body)["n"], 3)
        for body, name in [({"text": "sixsix"}, "text"), ({"text": 1}, "text"), ({"text": "a", "n": "1"}, "n"),
                           ({"text": "a", "n": 1.5}, "n"), ({"text": "a", "n": 1e30}, "n"), ({}, "text"),
                           ({"text": None}, "text"), ({"text": ["a"]}, "text"), ({"text": "a\0"}, "text")]:
            reply = host.send("POST", "/post", body)
            self.assertEqual((reply.status, json.loads(reply.body).get("parameter")), (400, name), body)
        for body in b"", b"{", b"[]", b"null", b'{"text": "\xff"}', b'{"text":' * 400, b"[" * 4000, b"\0" * 100:
            reply = host.send("POST", "/post", body)
            self.assertEqual(reply.status, 400, f"{body[:40]}: {reply}")
            self.assertEqual(json.loads(reply.body)["code"], "request.malformed")

    def test_huge_bodies_are_refused_and_not_kept(self):
        host = self.serve_sqlite(max_body="64KiB")
        before = self.resident(host)
        huge = b'{"text":"' + b"x" * (50 << 20) + b'"}'
        self.assertEqual(host.send("POST", "/post", huge).status, 413)
        self.assertEqual(host.send("POST", "/post", huge, "-H", "Transfer-Encoding: chunked").status, 413)
        self.assertEqual(host.send("POST", "/post", huge, "-H", "Expect:").status, 413)
        self.assertLess(self.resident(host) - before, 20 << 20)
        with mainstay.connect(host.port) as bare:  # one that says nothing of its length
            bare.sendall(b"POST /post HTTP/1.1\r\nHost: x\r\nMainstay-Token: " + TOKEN.encode() +
                         b"\r\nContent-Length: 99999999999999999999\r\n\r\n")
            self.assertIn(b" 413 ", bare.recv(1000))
        with mainstay.connect(host.port) as bare:
            bare.sendall(b"GET / HTTP/1.1\r\nX: " + b"y" * 200_000)
            self.assertIn(b" 431 ", bare.recv(1000))
        self.assertEqual(host.get("/echo/1").status, 200)

    def post(self, host: Apphost, begun: bytes, length: int) -> socket.socket:
        """A request whose body has begun to come."""
        client = mainstay.connect(host.port)
        self.addCleanup(client.close)
        client.sendall(f"POST /post HTTP/1.1\r\nHost: x\r\nMainstay-Token: {TOKEN}\r\nContent-Type: application/json\r\n"
                       f"Content-Length: {length}\r\n\r\n".encode() + begun)
        return client

    def test_bodies_that_do_not_come_take_nobodys_place(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        host = self.serve_sqlite()
        waiting = [self.post(host, b"{", 30000) for _ in range(1100)]
        for _ in range(3):  # at once, and when those that are too many have been refused
            self.assertEqual(host.get("/.mainstay/ready").status, 200)
            self.assertEqual(host.send("POST", "/post", {"text": "a"}).status, 200)
            time.sleep(1)
        readable = select.poll()
        for client in waiting:
            readable.register(client, select.POLLIN)
        told = {number for number, _ in readable.poll(0)}
        self.assertTrue(1100 - 512 <= len(told) < 700, len(told))  # more where the machine is slow: late ones get less time
        self.assertIn(b" 503 ", next(client for client in waiting if client.fileno() in told).recv(1000))
        # What cannot come at once is not even waited for, once all places are taken.
        waiting += [self.post(host, b"{", 30000) for _ in range(len(told) - (1100 - 512))]
        self.assertEqual(host.get("/.mainstay/ready").status, 200)  # they have been looked at
        late = self.post(host, b"{", 300_000)
        started = time.monotonic()
        self.assertIn(b" 503 ", late.recv(1000))
        self.assertLess(time.monotonic() - started, 1)
        patient = next(client for client in waiting if client.fileno() not in told)
        patient.sendall(b'"text":"a"' + b" " * 29988 + b"}")
        self.assertIn(b" 200 ", patient.recv(1000))

    def test_a_body_that_comes_slowly_is_waited_for(self):
        host = self.serve_sqlite()
        body = b'{"text":"slow"}' + b" " * 20
        client = self.post(host, b"", len(body))
        for byte in body:
            client.sendall(bytes([byte]))
            time.sleep(0.9)
        self.assertIn(b" 200 ", client.recv(1000))

    def test_more_fields_than_are_kept(self):
        host = self.serve_sqlite()
        statuses = [host.get("/echo/1", *(f"-HX-{i}: x" for i in range(count))).status for count in range(85, 105)]
        self.assertEqual(set(statuses), {200, 431})
        self.assertEqual(statuses, sorted(statuses))

    def test_page_that_is_too_large_is_no_page(self):
        rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20) SELECT i, hex(zeroblob(2500000)) AS x FROM n"
        host = self.serve_sqlite([{"path": "/rows", "sql": [rows], "paging": True, "timeout": "60s"},
                                  {"path": "/all", "sql": [rows], "timeout": "60s"}])
        reply = host.get("/rows?per_page=20")
        self.assertEqual((reply.status, json.loads(reply.body)["code"]), (500, "answer.too-large"))
        self.assertIn("per_page", host.output())
        seen = []
        for page in range(1, 5):
            reply = host.get(f"/rows?per_page=5&page={page}")
            seen += [row["i"] for row in json.loads(reply.body)]
            self.assertEqual(reply.headers.get("mainstay-next-page"), str(page + 1) if page < 4 else None)
        self.assertEqual(seen, list(range(1, 21)))
        self.assertEqual(host.get("/all").headers["mainstay-more-rows"], "true")

    def test_answers_that_nobody_takes(self):
        large = [{"path": "/large", "sql": ["SELECT hex(zeroblob(15000000)) AS x"], "result": "scalar", "timeout": "90s"},
                 *ECHO]
        host = Apphost.serve(self, large, {"driver": "sqlite", "file": "shop.db", "pool": 1, "connect_timeout": "90s"})
        request = f"GET /large HTTP/1.1\r\nHost: x\r\nMainstay-Token: {TOKEN}\r\n\r\n".encode()
        with contextlib.ExitStack() as clients:
            lazy = [clients.enter_context(mainstay.connect(host.port)) for _ in range(16)]
            for client in lazy:
                client.sendall(request)
            for client in lazy:
                client.settimeout(90)
            starts = [client.recv(12) for client in lazy]
            if mainstay.is_sanitized():  # which does not make such answers in time
                starts = [start for start in starts if start != b"HTTP/1.1 504"]
            self.assertEqual(set(starts), {b"HTTP/1.1 200", b"HTTP/1.1 503"})
            if not mainstay.is_sanitized():
                self.assertLess(self.resident(host), 450 << 20)
            self.assertEqual(host.get("/large").status, 503)
            self.assertEqual(host.get("/echo/1").status, 200)
        mainstay.wait_until(lambda: host.get("/large").status == 200, "there is room again")

    def test_what_the_service_asks_is_not_for_clients(self):
        host = self.serve_sqlite()
        for path in "/.mainstay/ready", "/.mainstay/status", "/%2emainstay/status":
            self.assertEqual(host.get(path, "-H", "X-Forwarded-For: 192.0.2.1").status, 404, path)

    @staticmethod
    def resident(host) -> int:
        status = pathlib.Path(f"/proc/{host.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) << 10

    def test_pipelining_is_cut_off_rather_than_mixed_up(self):
        host = self.serve_sqlite()
        with mainstay.connect(host.port) as bare:
            one = f"GET /slow?rows=300000 HTTP/1.1\r\nHost: x\r\nMainstay-Token: {TOKEN}\r\n\r\n".encode()
            two = one.replace(b"/slow?rows=300000", b"/echo/1")
            bare.sendall(one)
            time.sleep(0.05)
            bare.sendall(two)
            answers = b""
            try:
                while more := bare.recv(4096):
                    answers += more
                    if answers.count(b"HTTP/1.1 200") == 2:
                        break
            except ConnectionError:
                pass
        if answers:
            self.assertIn(b"\r\n\r\n300000", answers.split(b"HTTP/1.1 ")[1])

    def test_ends_after_what_is_in_flight(self):
        host = self.serve_sqlite()
        replies = []
        thread = threading.Thread(target=lambda: replies.append(host.get("/slow?rows=2000000")))
        thread.start()
        mainstay.wait_until(lambda: host.counters()["in_use"] == 1, "it works")
        host.signal(signal.SIGTERM)
        thread.join()
        self.assertEqual((replies[0].status, replies[0].body), (200, b"2000000"))
        self.assertEqual(host.wait(), 0)

    def test_database_that_cannot_be(self):
        host = Apphost.serve(self, ECHO, {"driver": "sqlite", "file": "/proc/nowhere/shop.db"})
        reply = host.get("/echo/1")
        self.assertEqual((reply.status, reply.headers["retry-after"]), (503, "1"))
        self.assertEqual(json.loads(reply.body)["code"], "database.unreachable")
        self.assertEqual(host.get("/.mainstay/ready").status, 200)
        self.assertIn("cannot make `/proc/nowhere/shop.db`", host.output())

    def test_plugin(self):
        name = parameter("name", place="path", max_length=20)
        handlers = [{"path": "/greet/{name}", "plugin": "greet", "parameter": [name]},
                    {"path": "/count/{name}", "plugin": "count", "parameter": [name]},
                    {"path": "/table", "method": "POST", "read_only": False, "result": "none",
                     "sql": ["CREATE TABLE visits (name TEXT)"]}]
        library = mainstay.PROGRAMS.parent / "lib" / "greeting.so"
        host = self.serve_sqlite(handlers, plugins=[str(library)])
        reply = host.get("/greet/World")
        self.assertEqual((reply.status, reply.body), (200, b"Hello, World!\n"))
        self.assertEqual(host.get("/greet/" + "x" * 21).status, 400)
        self.assertEqual(host.get("/count/me").status, 500)  # what the plugin does not catch
        self.assertEqual(host.send("POST", "/table").status, 204)
        for times in range(3):
            self.assertEqual(host.get("/count/me").body, f"me was here {times} times before.\n".encode())

    def test_many_at_once(self):
        host = self.serve_sqlite()
        load = self.load(host.url("/echo/1"), 32, "-H", f"Mainstay-Token: {TOKEN}")
        time.sleep(1)
        self.assertUnharmed(load)
        self.assertEqual(host.counters()["errors"], 0)

    def test_configuration_that_is_no_good(self):
        def ends_with(text: bytes) -> str:
            reader, writer = os.pipe()
            with mainstay.start([mainstay.PROGRAMS / "mainstay-apphost", "--config-fd", reader], pass_fds=[reader],
                                stderr=subprocess.PIPE, text=True) as process:
                os.close(reader)
                with open(writer, "wb") as pipe:
                    pipe.write(text)
                message = process.communicate(timeout=mainstay.PATIENCE)[1]
                self.assertEqual(process.returncode, 1)
                return message
        self.assertIn("no good", ends_with(b"{"))
        self.assertIn("`token`", ends_with(b'{"app": "a", "port": 0}'))
        self.assertIn("no app `a`", ends_with(b'{"app": "a", "port": 0, "token": "0123456789abcdef"}'))


if __name__ == "__main__":
    mainstay.main()
