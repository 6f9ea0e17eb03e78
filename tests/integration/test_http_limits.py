# SPDX-License-Identifier: GPL-3.0-or-later
"""What a client may ask of a connection, how fast, and how much of it."""
import contextlib
import itertools
import select
import time

import http_peers
import mainstay
from http_peers import answering, ok


class Connections(http_peers.TestCase):
    def setUp(self):
        super().setUp()
        self.target = self.backend(answering(lambda request: ok(request.start.encode() + b" " + request.body)))
        self.serve_backend(self.target.port)

    def test_which_connections_stay_open(self):
        for version, fields, stays, says in (
                ("1.1", "", True, None), ("1.1", "Connection: close\r\n", False, "close"),
                ("1.1", "Connection: Keep-Alive\r\n", True, None), ("1.1", "Connection: a, CLOSE\r\n", False, "close"),
                ("1.1", "Connection: keep-alive\r\nConnection: close\r\n", False, "close"),
                ("1.0", "", False, "close"), ("1.0", "Connection: close\r\n", False, "close"),
                ("1.0", "Connection: keep-alive\r\n", True, "keep-alive"),
                ("1.0", "Connection: keep-alive, close\r\n", False, "close")):
            for target in "/", "http://www.test":  # both ways of asking for the same
                with self.subTest(version=version, fields=fields, target=target):
                    peer = self.connect()
                    request = f"GET {target} HTTP/{version}\r\nHost: www.test\r\n{fields}\r\n"
                    peer.send(request)
                    answer = peer.message()
                    self.assertEqual((answer.body, answer.get("connection")), (b"GET / HTTP/1.1 ", says))
                    if stays:
                        peer.send(request)
                        self.assertEqual(peer.message().status, 200)
                    else:
                        self.assertEqual(peer.rest(), b"")

    def test_pipelining(self):
        requests, bodies = [], []
        for i in range(300):
            match i % 4:
                case 0:
                    requests.append(f"GET /{i} HTTP/1.1\r\nHost: a\r\n\r\n")
                    bodies.append(f"GET /{i} HTTP/1.1 ")
                case 1:
                    requests.append(f"POST /{i} HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc")
                    bodies.append(f"POST /{i} HTTP/1.1 abc")
                case 2:
                    requests.append(f"POST /{i} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nde\r\n0\r\n\r\n")
                    bodies.append(f"POST /{i} HTTP/1.1 de")
                case 3:
                    requests.append(f"\r\nDELETE /{i} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
                    bodies.append(f"DELETE /{i} HTTP/1.1 ")
        stream = "".join(requests).encode()
        for step in len(stream), 1000, 7:
            with self.subTest(step=step):
                peer = self.connect()
                for at in range(0, len(stream), step):
                    peer.send(stream[at:at + step])
                self.assertEqual([peer.message().body.decode() for _ in bodies], bodies)

    def test_requests_byte_by_byte(self):
        peer = self.connect()
        peer.socket.setsockopt(6, 1, 1)  # TCP_NODELAY
        for request, body in (("GET /x HTTP/1.1\r\nHost: a\r\nCookie: b\r\n\r\n", b"GET /x HTTP/1.1 "),
                              ("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", b"PUT / HTTP/1.1 hello"),
                              ("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nA: b\r\n\r\n",
                               b"PUT / HTTP/1.1 hello")):
            for byte in request.encode():
                peer.send(bytes([byte]))
                time.sleep(0.0005)
            self.assertEqual(peer.message().body, body)

    def test_the_last_request_of_a_client_that_closes_its_side(self):
        peer = self.connect()
        peer.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        peer.socket.shutdown(1)
        self.assertEqual([peer.message().body for _ in range(2)], [b"GET /1 HTTP/1.1 ", b"GET /2 HTTP/1.1 "])
        self.assertEqual(peer.rest(), b"")


class Limits(http_peers.TestCase):
    def listen(self, listener: str):
        self.target = self.backend(answering(ok()))
        self.web = self.serve_backend(self.target.port, listener=listener)

    def test_sizes(self):
        self.listen('max_head = "4KiB"')
        long = "x" * 5000
        for name, request, status in (
                ("field", f"GET / HTTP/1.1\r\nHost: a\r\nX: {long}\r\n\r\n", 431),
                ("fields", "GET / HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n" * 900 + "\r\n", 431),
                ("number of fields", "GET / HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n" * 101 + "\r\n", 431),
                ("name", f"GET / HTTP/1.1\r\nHost: a\r\n{'x' * 300}: y\r\n\r\n", 431),
                ("target", f"GET /{long} HTTP/1.1\r\nHost: a\r\n\r\n", 414),
                ("query", f"GET /?{long} HTTP/1.1\r\nHost: a\r\n\r\n", 414),
                ("endless line", "x" * 100_000, 414)):
            with self.subTest(name):
                peer = self.connect()
                peer.send(request)
                answer = peer.message()
                self.assertEqual((answer.status, answer.get("connection")), (status, "close"))
        self.assertEqual(self.target.received, [])
        fits = f"GET / HTTP/1.1\r\nHost: a\r\nX: {'x' * 4000}\r\n\r\n"
        self.assertEqual(self.ask(fits).status, 200)
        peer = self.connect()  # the limit is for each head, wherever it lies in what arrived
        peer.send(fits * 30)
        self.assertEqual([peer.message().status for _ in range(30)], [200] * 30)

    def test_bodies_by_route(self):
        target = self.backend(answering(ok()))
        self.serve(f"""
            [service]
            workers = 1
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            max_body = "1KiB"
            [site.all]
            hosts = ["*"]
            [[site.all.route]]
            path = "/"
            backend = "app"
            [[site.all.route]]
            path = "/large"
            backend = "app"
            max_body = "1MiB"
            [[site.all.route]]
            path = "/gathered"
            backend = "app"
            request_buffering = "on"
            max_body = "200KiB"
            [[site.all.route]]
            path = "/small"
            backend = "app"
            max_body = "10B"
            [backend.app]
            health_interval = "1h"
            [backend.app.server.a]
            address = "127.0.0.1:{target.port}"
            """)

        def post(path: str, size: int, chunked: bool, fits: bool = True) -> int:
            body = b"x" * (size if chunked or fits else min(size, 100))
            fields = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
            if chunked:
                body = f"{size:x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
            peer = self.connect()
            peer.send(f"POST {path} HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n")
            with contextlib.suppress(OSError):  # what is refused is not read
                peer.send(body)
            status = peer.message().status
            peer.close()
            return status

        for path, most in ("/", 1024), ("/large", 1 << 20), ("/gathered", 200 << 10), ("/small", 10):
            for chunked in False, True:
                with self.subTest(path, chunked=chunked):
                    before = len(target.received)
                    self.assertEqual(post(path, most, chunked), 200)
                    self.assertEqual(post(path, most + 1, chunked, fits=False), 413)
                    if path == "/gathered" or not chunked:
                        self.assertLessEqual(len(target.received) - before, 1)  # the server was not bothered

    def test_the_largest_head(self):
        self.listen('max_head = "60KiB"')
        request = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n"
        request = request.replace("X: ", "X: " + "x" * (60 * 1024 - len(request) - 1))
        self.assertEqual(self.ask(request).status, 200)
        self.assertEqual(self.ask(request.replace("X: ", "X: xxx")).status, 431)
        self.assertGreater(len(self.target.received[0]), 60_000)

    def test_slow_heads(self):
        self.listen('head_timeout = "500ms"')
        for parts in [], ["X"], itertools.repeat("X: y\r\n"):
            with self.subTest(parts):
                started = time.monotonic()
                peer = self.connect()
                peer.send("GET / HTTP/1.1\r\nHost: a\r\n")
                try:
                    for part in parts:  # each in time, all together too late
                        peer.send(part)
                        time.sleep(0.1)
                except (BrokenPipeError, ConnectionResetError):
                    pass
                self.assertIn(b"HTTP/1.1 408 ", peer.received + peer.rest())
                self.assertTrue(0.4 < time.monotonic() - started < 4)
        self.assertEqual(self.target.received, [])

    def test_silent_connections(self):
        self.listen('head_timeout = "400ms"\nidle_timeout = "1200ms"')
        started = time.monotonic()
        self.assertEqual(self.connect().rest(), b"")  # has said nothing, is told nothing
        self.assertTrue(0.3 < time.monotonic() - started < 1.1)
        peer = self.connect()
        peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        peer.message()
        started = time.monotonic()
        self.assertEqual(peer.rest(), b"")
        self.assertTrue(1.1 < time.monotonic() - started < 4)
        # A line too many behind a request is not the beginning of the next.
        peer = self.connect()
        peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n\r\n")
        peer.message()
        started = time.monotonic()
        self.assertEqual(peer.rest(), b"")
        self.assertTrue(1.1 < time.monotonic() - started < 4)

    def test_beginnings_that_earn_no_time(self):
        """The beginning of HTTP/2, and lines before a request, each byte in time."""
        self.listen('head_timeout = "600ms"\nidle_timeout = "900ms"')
        for bytes_sent in "PRI * HTTP/2.0\r\n\r\nSM\r\n", "\r\n" * 20:
            peer = self.connect()
            self.assertLess(self.drips(peer, bytes_sent), 3)
        peer = self.connect()
        peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        peer.message()
        self.assertLess(self.drips(peer, "\r\n" * 20), 3)

    def drips(self, peer, text) -> float:
        """How long the connection lives, in seconds."""
        started = time.monotonic()
        try:
            for i in range(0, len(text), 2):
                peer.send(text[i:i + 2])
                time.sleep(0.3)
                if select.select([peer.socket], [], [], 0)[0]:
                    break
        except (BrokenPipeError, ConnectionResetError):
            pass
        return time.monotonic() - started

    def test_slow_bodies(self):
        self.listen('body_timeout = "400ms"')
        for head, part in (("Content-Length: 100", "begin"), ("Transfer-Encoding: chunked", "5\r\nbegin\r\n"),
                           ("Transfer-Encoding: chunked", "5")):
            with self.subTest(head, part=part):
                peer = self.connect()
                started = time.monotonic()
                peer.send(f"POST / HTTP/1.1\r\nHost: a\r\n{head}\r\n\r\n{part}")
                answer = peer.message()
                self.assertEqual((answer.status, answer.get("connection")), (408, "close"))
                self.assertTrue(0.3 < time.monotonic() - started < 4)

    def test_a_client_that_does_not_read(self):
        self.listen('write_timeout = "500ms"')
        def much(peer):
            peer.message()
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
            for _ in range(1000):
                peer.send(b"x" * 100_000)
        endless = self.backend(much)
        self.web.configure(f'[listener.web]\naddress = ["127.0.0.1:{self.port}"]\nwrite_timeout = "500ms"\n'
                           '[site.all]\nhosts = ["*"]\n[[site.all.route]]\npath = "/"\nbackend = "app"\n'
                           f'[backend.app.server.a]\naddress = "127.0.0.1:{endless.port}"')
        self.web.apply()
        peer = self.connect()
        peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        peer.head()
        time.sleep(2)
        self.assertLess(len(peer.rest()), 100_000_000)  # it was cut

    def test_number_of_connections(self):
        self.listen("max_connections = 3")
        peers = [self.connect() for _ in range(3)]
        for peer in peers:
            peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertEqual(peer.message().status, 200)
        self.assertEqual(self.connect().rest(), b"")
        peers[0].close()

        def is_served():
            peer = self.connect()
            peer.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            return peer.rest().startswith(b"HTTP/1.1 200 ")
        mainstay.wait_until(is_served, "there is room again", 5)


if __name__ == "__main__":
    mainstay.main()
