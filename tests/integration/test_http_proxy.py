# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests passed on to servers: what arrives there, what comes back, and what happens when a server fails."""
import contextlib
import hashlib
import json
import os
import socket
import struct
import tempfile
import threading
import time

import http_peers
import mainstay
from http_peers import answering, ok


def refusing_port() -> int:
    """Nobody listens there."""
    return mainstay.free_port()


class Forwarding(http_peers.TestCase):
    """With Node.js and curl."""

    def setUp(self):
        super().setUp()
        self.a = self.node("a")
        self.serve_backend(self.a.port, backend='response_timeout = "5s"')

    def echo(self, *options) -> dict:
        reply = mainstay.curl(self.url + "/echo", *options)
        self.assertEqual(reply.status, 200, reply)
        return json.loads(reply.body)

    def test_what_the_server_sees(self):
        seen = self.echo("-H", "X-Forwarded-For: 6.6.6.6", "-H", "X-Forwarded-Host: evil", "-H", "X-Forwarded-Proto: evil",
                         "-H", "Forwarded: for=6.6.6.6", "-H", "X-Real-IP: 6.6.6.6", "-H", "Host: www.example.org:8080",
                         "-H", "Cookie: a=b", "-H", "Accept-Language: de")
        self.assertEqual((seen["method"], seen["url"], seen["bytes"]), ("GET", "/echo", 0))
        headers = [(name.lower(), value) for name, value in seen["headers"]]
        fields = dict(headers)
        self.assertEqual(len(fields), len(headers))  # none twice
        self.assertEqual(fields["host"], "www.example.org:8080")
        self.assertEqual(fields["x-forwarded-for"], "127.0.0.1")
        self.assertEqual(fields["x-forwarded-proto"], "http")
        self.assertEqual(fields["x-forwarded-host"], "www.example.org:8080")
        self.assertEqual((fields["cookie"], fields["accept-language"]), ("a=b", "de"))
        for name in "forwarded", "x-real-ip", "connection", "transfer-encoding", "content-length":
            self.assertNotIn(name, fields)

    def test_bodies_arrive_as_they_are(self):
        content = os.urandom(300_000)
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            for options in ["--data-binary", f"@{file.name}"], \
                           ["--data-binary", f"@{file.name}", "-H", "Transfer-Encoding: chunked"], \
                           ["-T", file.name], ["-T", file.name, "-H", "Expect: 100-continue", "--expect100-timeout", "20"]:
                with self.subTest(options):
                    seen = self.echo(*options)
                    self.assertEqual((seen["bytes"], seen["sha256"]),
                                     (len(content), hashlib.sha256(content).hexdigest()))

    def test_answers_arrive_as_they_are(self):
        reply = mainstay.curl(self.url + "/big?bytes=1000000")
        self.assertEqual((reply.headers["content-length"], reply.body), ("1000000", b"x" * 1_000_000))
        reply = mainstay.curl(self.url + "/chunked?parts=500")
        self.assertEqual(reply.headers["transfer-encoding"], "chunked")
        self.assertEqual(reply.body, b"".join(b"part %d\n" % i for i in range(500)))
        reply = mainstay.curl(self.url + "/close")
        self.assertEqual((reply.status, reply.body), (200, b"a\n"))
        for code in 204, 304, 404, 500, 599:
            self.assertEqual(mainstay.curl(self.url + f"/status?code={code}").status, code)

    def test_parts_are_passed_on_as_they_come(self):
        peer = self.connect()
        started = time.monotonic()
        peer.send("GET /chunked?parts=3&ms=700 HTTP/1.1\r\nHost: a\r\n\r\n")
        peer.until(b"part 0\n")
        self.assertLess(time.monotonic() - started, 0.6)
        peer.until(b"part 2\n")
        self.assertGreater(time.monotonic() - started, 1.3)

    def test_connections_to_the_server_are_used_again(self):
        before = self.a.count()["connections"]
        peer = self.connect()
        for _ in range(50):
            peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertEqual(peer.message().body, b"a\n")
        for _ in range(10):
            mainstay.curl(self.url + "/echo", "--data-binary", "x" * 10_000)
        # One for the requests, one for this count, and perhaps the health check's.
        self.assertLessEqual(self.a.count()["connections"] - before, 3)

    def test_early_hints(self):
        peer = self.connect()
        peer.send("GET /early HTTP/1.1\r\nHost: a\r\n\r\n")
        hints = peer.message()
        self.assertEqual((hints.status, hints.get("link")), (103, "</style.css>; rel=preload; as=style"))
        self.assertEqual(peer.message().body, b"a\n")
        answer = self.ask("GET /early HTTP/1.0\r\n\r\n")
        self.assertEqual((answer.status, answer.body), (200, b"a\n"))

    def test_an_answer_cut_short_is_seen_to_be(self):
        reply = mainstay.curl(self.url + "/cut?bytes=100000")
        self.assertRegex(reply.error, r"curl: \((18|56)\)")


class Bytes(http_peers.TestCase):
    """With servers that answer what the test says."""

    def test_hop_by_hop_fields_stay_behind(self):
        backend = self.backend(answering(ok(b"", "Connection: X-Private, close-not", "X-Private: 1", "Keep-Alive: timeout=5",
                                            "Proxy-Authenticate: Basic", "Upgrade: h2c", "X-Public: 2",
                                            "Trailer: X-Sum", "Proxy-Connection: keep-alive")))
        self.serve_backend(backend.port)
        answer = self.get("/", "Connection: X-Secret , Cookie", "X-Secret: 1", "Cookie: c", "Keep-Alive: 5", "TE: trailers",
                          "Proxy-Authorization: Basic x", "Upgrade: websocket", "Proxy-Connection: close", "X-Kept: 2",
                          "Trailer: a", "x-secret: again")
        self.assertEqual([name for name, _ in answer.fields], ["X-Public", "Content-Length", "Date"])
        sent = backend.received[0].decode().lower().split("\r\n")
        names = [line.split(":")[0] for line in sent[1:] if line]
        self.assertEqual(names, ["host", "x-kept", "connection", "te", "x-forwarded-for", "x-forwarded-proto",
                                 "x-forwarded-host"])  # of both connections: that trailers are taken

    def test_targets(self):
        backend = self.backend(answering(lambda request: ok(request.start.encode())))
        self.serve(f"""
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            [site.all]
            hosts = ["*"]
            [[site.all.route]]
            path = "/"
            backend = "app"
            [[site.all.route]]
            path = "/strip"
            backend = "app"
            strip_prefix = true
            [[site.all.route]]
            path = "/slash/"
            backend = "app"
            strip_prefix = true
            [backend.app.server.a]
            address = "127.0.0.1:{backend.port}"
            """)
        for asked, sent in (("/", "/"), ("/a/b?c=d&e", "/a/b?c=d&e"), ("/a%20b/%C3%BC?%2e", "/a%20b/%C3%BC?%2e"),
                            ("/a/../b", "/b"), ("//a/./b", "/a/b"), ("http://www.test", "/"), ("http://www.test?q", "/?q"),
                            ("http://www.test/x?q", "/x?q"), ("/strip", "/"), ("/strip/a?b", "/a?b"), ("/strip?b", "/?b"),
                            ("/strip/a%20b%3F", "/a%20b%3F"), ("/strip/x/../y", "/y"), ("/slash/", "/"),
                            ("/slash/a", "/a"), ("/slash", "/slash"), ("/stripped", "/stripped"),
                            ("/a%2Fb", "/a%2Fb"), ("/strip/a%2Fb%20c", "/a%2Fb%20c"), ("/strip%2Fa", "/a")):
            with self.subTest(asked):
                self.assertEqual(self.get(asked).body.decode(), f"GET {sent} HTTP/1.1")
        self.assertIn(b"\r\nHost: www.test\r\n", backend.received[0])

    def test_continue_is_the_servers_word(self):
        def serve(peer):
            while True:
                head = peer.head()
                if head.start.startswith("POST /no"):
                    peer.send("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
                    return
                peer.send("HTTP/1.1 100 Continue\r\n\r\n")
                peer.send(ok(peer.exactly(4)))

        self.serve_backend(self.backend(serve).port)
        peer = self.connect()
        peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        self.assertEqual(peer.message().status, 100)
        peer.send("body")
        self.assertEqual(peer.message().body, b"body")
        peer.send("POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        self.assertEqual((peer.message().status, peer.rest()), (401, b""))

    def test_continue_is_said_once_and_by_us_in_the_end(self):
        backend = self.backend(answering(b"HTTP/1.1 100 Continue\r\n\r\n" + ok()))
        self.serve_backend(backend.port, listener="max_body = 1000")
        peer = self.connect()
        peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        self.assertEqual(peer.message().status, 100)
        peer.send("body")
        self.assertEqual(peer.message().status, 200)
        self.assertIn(b"expect: 100-continue", backend.received[0].lower())
        # Not to who does not wait for it, nor to who will be refused.
        for fields, body, status in (("Content-Length: 4\r\nExpect: 100-continue\r\n", "body", 200),
                                     ("Content-Length: 2000\r\nExpect: 100-continue\r\n", "", 413),
                                     ("Content-Length: 4\r\n", "body", 200)):
            with self.subTest(fields):
                self.assertEqual(self.ask(f"POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}").status, status)

    def test_large_bodies_are_refused(self):
        backend = self.backend(answering(ok()))
        self.serve_backend(backend.port, listener="max_body = 1000")
        self.assertEqual(self.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n").status, 413)
        self.assertEqual(backend.received, [])
        peer = self.connect()
        peer.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "258\r\n" + "x" * 600 + "\r\n")
        peer.send("258\r\n" + "x" * 600 + "\r\n0\r\n\r\n")
        self.assertEqual((peer.message().status, peer.rest()), (413, b""))
        self.assertEqual(self.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n" + "x" * 1000).status, 200)

    def test_answers_without_a_body(self):
        for response, method, length in (
                (b"HTTP/1.1 204 No Content\r\n\r\n", "GET", None),
                (b"HTTP/1.1 204 No Content\r\nContent-Length: 6\r\n\r\n", "GET", None),
                (b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\nContent-Length: 7\r\n\r\n', "GET", "7"),
                (b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", "HEAD", "7"),
                (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "HEAD", None),
                (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "GET", "0")):
            with self.subTest(response):
                self.tearDownService()
                backend = self.backend(answering(response))
                self.service_ = self.serve_backend(backend.port)
                peer = self.connect()
                for _ in range(2):  # the second proves that nothing followed the first
                    peer.send(f"{method} / HTTP/1.1\r\nHost: a\r\n\r\n")
                    answer = peer.message(bodiless=True)
                    self.assertEqual((answer.start, answer.get("content-length")),
                                     (response.split(b"\r\n")[0].decode(), length))
                self.assertEqual(len(backend.received), 1)

    def tearDownService(self):
        if hasattr(self, "service_"):
            self.service_.stop()

    def test_trailers_are_for_those_who_take_them(self):
        backend = self.backend(answering(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3;a=b\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n"))
        self.serve_backend(backend.port)
        peer = self.connect()
        for _ in range(2):
            peer.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n")
            time.sleep(0.1)  # chunks that come with the head are passed on as one body by length
            peer.send("4;x=y\r\nbody\r\n0\r\nX-Sum: 2\r\nContent-Length: 5\r\n\r\n")
            self.assertEqual(peer.message().body, b"abc")
        self.assertNotIn(b"X-Sum", peer.received)
        received = b"".join(backend.received)
        self.assertEqual(received.count(b"\r\n\r\n4\r\nbody\r\n0\r\nX-Sum: 2\r\n\r\n"), 2)
        self.assertNotIn(b"Content-Length", received)

    def test_clients_of_http_1_0(self):
        chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        backend = self.backend(lambda peer: answering(chunked if b"/c" in peer.until(b"\r\n") else ok())(peer))
        self.serve_backend(backend.port)
        peer = self.connect()
        peer.send("GET /c HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        answer = peer.message()
        self.assertEqual((answer.body, answer.get("connection"), answer.get("transfer-encoding")), (b"abc", "close", None))

    def test_an_answer_up_to_the_end_of_the_connection(self):
        def until_close(peer):
            peer.message()
            peer.send("HTTP/1.1 200 OK\r\n\r\nfirst ")
            time.sleep(0.1)
            peer.send("second")
        backend = self.backend(until_close)
        self.serve_backend(backend.port)
        peer = self.connect()
        for _ in range(2):
            peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            answer = peer.message()
            self.assertEqual((answer.body, answer.get("transfer-encoding")), (b"first second", "chunked"))

    def test_an_answer_that_does_not_wait_for_the_request(self):
        def early(peer):
            peer.head()
            peer.send(ok(b"enough"))
            peer.rest()
        backend = self.backend(early)
        self.serve_backend(backend.port)
        peer = self.connect()
        peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nbegin")
        answer = peer.message()
        self.assertEqual((answer.status, answer.body, answer.get("connection")), (200, b"enough", "close"))
        peer.socket.shutdown(socket.SHUT_WR)
        self.assertEqual(peer.rest(), b"")

    def test_both_directions_at_once(self):
        def echo(peer):
            peer.head()
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(3):
                part = peer.exactly(10)
                peer.send("a\r\n", part, "\r\n")
            peer.send("0\r\n\r\n")
        backend = self.backend(echo)
        self.serve_backend(backend.port)
        peer = self.connect()
        peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\n")
        peer.head()
        for part in b"0123456789", b"abcdefghij", b"ABCDEFGHIJ":
            peer.send(part)
            self.assertEqual((peer.until(b"\r\n"), peer.exactly(12)), (b"a\r\n", part + b"\r\n"))
        self.assertEqual(peer.until(b"\r\n"), b"0\r\n")

    def test_chunks_do_not_wait_for_what_follows(self):
        def echo(peer):
            peer.head()
            peer.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(3):
                peer.send(peer.exactly(8))
            peer.send(peer.until(b"0\r\n\r\n"))
        self.serve_backend(self.backend(echo).port)
        peer = self.connect()
        peer.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        peer.head()
        # Whole chunks, one without its end, and one with the beginning of the next.
        for sent, part in ("3\r\nabc\r\n", b"abc"), ("3\r\ndef", b"def"), ("\r\n3\r\nghi\r\n0", b"ghi"):
            peer.send(sent)
            self.assertEqual(peer.exactly(8), b"3\r\n" + part + b"\r\n")
        peer.send("\r\n\r\n")
        self.assertEqual(peer.until(b"0\r\n\r\n"), b"0\r\n\r\n")

    def test_chunks_of_all_sizes(self):
        received = []

        def take(peer):
            received.append(peer.message())
            peer.send(ok())
        self.serve_backend(self.backend(take).port)
        sizes = [1] * 8_000 + [4095, 4096, 4097, 1, 65_000, 70_000, 2, 200_000, 3]
        content = os.urandom(sum(sizes))
        peer = self.connect()
        peer.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        time.sleep(0.1)
        chunks, at = [], 0
        for size in sizes:
            chunks += [b"%x\r\n" % size, content[at:at + size], b"\r\n"]
            at += size
        peer.send(b"".join(chunks) + b"0\r\n\r\n")
        self.assertEqual(peer.message().status, 200)
        self.assertEqual(hashlib.sha256(received[0].body).hexdigest(), hashlib.sha256(content).hexdigest())

    def test_answers_that_are_no_http(self):
        bad = [b"hello\r\n\r\n", b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", b"HTTP/1.1 99 Low\r\n\r\n", b"HTTP/2 200 OK\r\n\r\n",
               b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nab",
               b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
               b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
               b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", b"HTTP/1.1 200 OK\r\nX : a\r\n\r\n",
               b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
               b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
               b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n"]
        answers = iter(bad)
        backend = self.backend(lambda peer: answering(lambda _: next(answers), times=1)(peer))
        self.serve_backend(backend.port)
        for answer in bad:
            with self.subTest(answer[:60]):
                self.assertEqual(self.get("/").status, 502)

    def test_more_than_an_answer_spoils_the_connection(self):
        backend = self.backend(answering(ok(b"one") + ok(b"poison")))
        self.serve_backend(backend.port)
        for _ in range(3):
            self.assertEqual(self.get("/").body, b"one")
        self.assertEqual(len(backend.received), 3)


class Failures(http_peers.TestCase):
    """Servers that are slow, gone, or go at the wrong moment."""

    def closing(self, seen: list):
        """Reads requests and closes without an answer."""
        return self.backend(lambda peer: seen.append(peer.message()))

    def test_nobody_listens(self):
        self.serve_backend(refusing_port(), refusing_port())
        for method in "GET", "POST":
            self.assertEqual(self.get("/", "Content-Length: 0", method=method).status, 503)

    def test_a_server_that_cannot_be_reached_costs_no_request(self):
        backend = self.backend(answering(lambda request: ok(request.body)))
        self.serve_backend(refusing_port(), backend.port)
        for body in b"", b"small", b"l" * 200_000:
            for _ in range(4):  # both have their turn as the first
                answer = self.ask(f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
                self.assertEqual((answer.status, answer.body), (200, body))

    def test_what_may_have_been_done_is_not_done_twice(self):
        seen = []
        self.serve_backend(self.closing(seen).port, self.closing(seen).port)
        for method, times in ("POST", 1), ("PATCH", 1), ("GET", 2), ("PUT", 2), ("DELETE", 2):
            with self.subTest(method):
                seen.clear()
                answer = self.ask(f"{method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")
                self.assertEqual(answer.status, 502)
                self.assertEqual([request.body for request in seen], [b"body"] * times)

    def test_an_idempotent_request_goes_to_another_server(self):
        seen = []
        good = self.backend(answering(ok(b"good")))
        self.serve_backend(self.closing(seen).port, good.port)
        self.assertEqual({self.get("/").body for _ in range(6)}, {b"good"})
        self.assertGreaterEqual(len(seen), 2)

    def test_a_body_goes_along_to_the_other_server(self):
        # The first server's answer has a good head, and what follows it is no body.
        broken = self.backend(answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", times=1))
        good = self.backend(answering(lambda request: ok(request.body)))
        self.serve_backend(broken.port, good.port)
        for _ in range(4):
            peer = self.connect()
            for body in "first", "second":  # what is behind a body is the next request all the same
                peer.send(f"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {len(body)}\r\n\r\n{body}")
                answer = peer.message()
                self.assertEqual((answer.status, answer.body.decode()), (200, body))
        self.assertGreaterEqual(len(broken.received), 2)

    def test_retries_can_be_turned_off(self):
        seen = []
        self.serve_backend(self.closing(seen).port, self.closing(seen).port, backend="retries = 0")
        self.assertEqual(self.get("/").status, 502)
        self.assertEqual(len(seen), 1)

    def test_a_connection_closed_while_it_rested(self):
        # Each connection is good for one answer and is closed when the next request comes, the worst moment.
        def once(peer):
            peer.message()
            peer.send(ok())
            peer.message()
        backend = self.backend(once)
        self.serve_backend(backend.port)
        for _ in range(10):
            self.assertEqual(self.get("/").status, 200)
        self.assertEqual(self.get("/", "Content-Length: 0", method="POST").status, 502)

    def test_connections_the_server_closes_are_noticed(self):
        backend = self.backend(answering(ok(), times=1))
        self.serve_backend(backend.port)
        for _ in range(5):
            self.assertEqual(self.get("/", "Content-Length: 0", method="POST").status, 200)
            time.sleep(0.05)

    def test_a_server_that_is_too_slow(self):
        def slow(peer):
            path = peer.message().start.split()[1]
            if path == "/head":
                peer.send("HTTP/1.1 200 OK\r\nContent-")
            elif path == "/drip":
                for _ in range(40):
                    peer.send("HTTP/1.1 103 Early Hints\r\n\r\n")
                    time.sleep(0.1)
            elif path == "/body":
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            peer.rest()
        backend = self.backend(slow)
        self.serve_backend(backend.port, backend='response_timeout = "300ms"')
        for path in "/", "/head", "/drip":
            started = time.monotonic()
            peer = self.connect()
            peer.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
            answer = peer.message()
            while answer.status < 200:
                answer = peer.message()
            self.assertEqual(answer.status, 504)
            self.assertLess(0.25, time.monotonic() - started)
            self.assertLess(time.monotonic() - started, 3)
        peer = self.connect()
        peer.send("GET /body HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertEqual(peer.head().status, 200)
        self.assertEqual(peer.rest(), b"half")

    def test_a_body_cut_short_is_no_request(self):
        # The server reads nothing and goes. With the right size the last of the body is in our buffer then, on its way.
        arrived = []

        def serve(peer):
            request = peer.until(b"\r\n")
            arrived.append(request)
            if b"/stuck" in request:
                peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                gone.wait(20)
        gone = threading.Event()
        backend = self.backend(serve, receive_buffer=4096)
        self.serve_backend(backend.port, backend="retries = 0")
        poison = b"GET /smuggled HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 24 + b"\r\n\r\n"
        self.assertEqual(65536 % len(poison), 0)  # it lies in the buffer as it must to be read as requests
        answers = []

        def ask(size):
            peer = self.connect()
            with contextlib.suppress(OSError):
                peer.send(f"POST /stuck HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n", poison * (size // 64))
                peer.socket.settimeout(2)
                peer.rest()
            answers.append(peer.received.count(b"HTTP/1.1 "))
        clients = [threading.Thread(target=ask, args=[size]) for size in range(65536, 5_000_000, 32768)]
        for client in clients:
            client.start()
        mainstay.wait_until(lambda: len(arrived) == len(clients), "the server has all requests")
        time.sleep(1)
        gone.set()
        for client in clients:
            client.join()
        self.assertEqual(max(answers), 1)
        self.assertEqual([request for request in arrived if b"smuggled" in request], [])

    def test_failures_are_counted(self):
        def serve(peer):
            path = peer.message().start.split()[1]
            if path == "/cut":
                peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
            elif path == "/bad":
                peer.send("nonsense\r\n\r\n")
            elif path == "/good":
                peer.send(ok(b"good"))
        backend = self.backend(serve)
        service = self.serve_backend(backend.port)
        for path in "/cut", "/bad", "/silent", "/good":
            peer = self.connect()
            peer.send(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            peer.rest()
        metrics = service.ctl("metrics")["backends"][0]
        self.assertEqual((metrics["requests"], metrics["errors"]), (4, 3))
        self.assertEqual(metrics["servers"][0]["errors"], 3)

    def test_a_client_that_goes_is_no_harm(self):
        arrived = threading.Event()

        def swallow(peer):
            peer.head()
            arrived.set()
            peer.rest()
        backend = self.backend(swallow)
        service = self.serve_backend(backend.port)
        peer = self.connect()
        peer.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nbegin")
        self.assertTrue(arrived.wait(5))
        peer.close()
        mainstay.wait_until(lambda: service.server("app/s0")["in_flight"] == 0, "the request has ended", 5)
        self.assertNotIn(b"body", backend.received[0])


class Routing(http_peers.TestCase):
    def test_hosts_and_paths(self):
        backends = {name: self.backend(answering(ok(name.encode()))) for name in ("app", "api", "deep", "any")}
        self.serve(f"""
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            [site.www]
            hosts = ["www.example.test", "example.test"]
            [[site.www.route]]
            path = "/"
            backend = "app"
            [[site.www.route]]
            path = "/api"
            backend = "api"
            [[site.www.route]]
            path = "/api/deep/"
            backend = "deep"
            [site.wild]
            hosts = ["*.example.test"]
            [[site.wild.route]]
            path = "/only/"
            backend = "any"
            """ + "".join(f'[backend.{name}.server.a]\naddress = "127.0.0.1:{backend.port}"\n'
                          for name, backend in backends.items()))
        for host, path, expected in (
                ("www.example.test", "/", b"app"), ("WWW.Example.TEST:8080", "/x", b"app"), ("example.test.", "/", b"app"),
                ("example.test", "/api", b"api"), ("example.test", "/api/", b"api"), ("example.test", "/api/x", b"api"),
                ("example.test", "/apix", b"app"), ("example.test", "/api/deep", b"api"),
                ("example.test", "/api/deep/", b"deep"), ("example.test", "/api/deep/x", b"deep"),
                ("example.test", "/x/../api/deep/y", b"deep"), ("example.test", "//api//deep//", b"deep"),
                ("example.test", "/%61pi", b"api"), ("example.test", "/API", b"app"),
                ("a.example.test", "/only/", b"any"), ("a.b.example.test", "/only/x", b"any"),
                ("a.example.test", "/only", 404), ("a.example.test", "/", 404),
                ("other.test", "/", 421), ("127.0.0.1", "/", 421), ("[::1]", "/", 421)):
            with self.subTest(host=host, path=path):
                answer = self.get(path, host=host)
                self.assertEqual(answer.body if isinstance(expected, bytes) else answer.status, expected)
        self.assertEqual(self.ask("GET / HTTP/1.0\r\n\r\n").status, 421)
        # Connections are shared by hosts.
        peer = self.connect()
        for host, status in (("example.test", 200), ("other.test", 421), ("a.example.test", 404), ("example.test", 200)):
            peer.send(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")
            self.assertEqual(peer.message().status, status)

    def test_a_server_on_a_socket(self):
        path = self.enterContext(tempfile.TemporaryDirectory(prefix="mainstay-")) + "/app.sock"
        server = http_peers.Backend(http_peers.answering(http_peers.ok(b"by a socket")), address=path)
        self.addCleanup(server.end)
        service = self.serve_backend(f"unix:{path}", backend='health_path = "/health"', health_interval="100ms")
        mainstay.wait_until(lambda: service.server("app/s0")["health"] == "up", "it is up")
        self.assertEqual(self.get().body, b"by a socket")
        self.assertEqual(service.server("app/s0")["address"], f"unix:{path}")
        self.assertIn(b"\r\nHost: localhost\r\n", server.received[0])  # of a check
        server.end()
        mainstay.wait_until(lambda: service.server("app/s0")["health"] == "down", "it is gone")
        self.assertEqual(self.get().status, 503)


if __name__ == "__main__":
    mainstay.main()
