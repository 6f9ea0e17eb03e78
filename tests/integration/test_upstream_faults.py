# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that do what they should not: what the client gets by HTTP/1.1 and by HTTP/2, and what the log says of it."""
import json
import socket
import struct
import time

import http2_client
import http_peers
import mainstay
from http_peers import Peer

CUT = "cut"  # the client sees that the answer it has begun to get is not whole
OK = b"HTTP/1.1 200 OK\r\n"


def reset(peer: Peer):
    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.socket.close()


class Faults(http_peers.TestCase):
    """Each server reads one request and then does as its name says."""

    def setUp(self):
        super().setUp()
        self.faults = {}
        self.server = self.backend(self.serve_one)
        self.service = self.serve(f"""
            [service]
            workers = 1
            logs = ["main"]
            [log.main]
            format = "json"
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            [site.all]
            hosts = ["*"]
            [[site.all.route]]
            path = "/"
            backend = "app"
            [[site.all.route]]
            path = "/nobody"
            backend = "nobody"
            [backend.app]
            health_interval = "1h"
            response_timeout = "1s"
            [backend.app.server.a]
            address = "127.0.0.1:{self.server.port}"
            [backend.nobody]
            health_interval = "1h"
            health_fall = 100
            [backend.nobody.server.a]
            address = "127.0.0.1:{mainstay.free_port()}"
            """)

    def serve_one(self, peer: Peer):
        request = peer.head()
        self.faults[request.start.split()[1].strip("/")](peer)

    def by_http1(self, path: str):
        """Status and body, or CUT."""
        peer = self.connect()
        peer.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
        try:
            answer = peer.message()
        except (http_peers.Ended, ConnectionResetError):
            self.assertTrue(peer.received.startswith(OK), peer.received)
            return CUT
        finally:
            peer.close()
        return answer.status, answer.body

    def by_http2(self, path: str):
        client = http2_client.Client(self.port)
        status, body = client.answer(client.ask(path))
        # Whatever became of the one, the next is served.
        self.assertEqual(client.answer(client.ask("/well"))[0], 200)
        client.close()
        return (status, body) if status else CUT

    def logged(self, path: str, count: int) -> list:
        """The lines of that many requests for a path: (error, status) of each."""
        log = self.service.state / "log/main.log"

        def lines():
            found = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
            return [(line.get("error"), line["status"]) for line in found if line.get("target") == path]
        return mainstay.wait_until(lambda: len(found := lines()) >= count and found, f"{count} lines of {path} in the log")

    def check(self, faults: dict):
        """By name: what the server does, which status the client gets or CUT, and the error in the log."""
        self.faults = {"well": lambda peer: peer.send(http_peers.ok()), **{name: fault[0] for name, fault in faults.items()}}
        for name, (_, expected, _) in faults.items():
            for ask in self.by_http1, self.by_http2:
                with self.subTest(f"{name} {ask.__name__}"):
                    got = ask(f"/{name}")
                    self.assertEqual(got if got == CUT else got[0], expected)
        for name, (_, expected, error) in faults.items():
            with self.subTest(name):
                self.assertEqual(self.logged(f"/{name}", 2), [(error, 200 if expected == CUT else expected)] * 2)

    def test_no_answer(self):
        head = OK + b"Content-Length: 5\r\n\r\n"
        self.check({
            "closed": (lambda peer: None, 502, "closed"),
            "reset": (reset, 502, "reset"),
            "silent": (lambda peer: peer.rest(), 504, "timeout"),
            "closed-in-the-head": (lambda peer: peer.send(OK, "Content-Le"), 502, "closed"),
            "stalls-in-the-head": (lambda peer: (peer.send(OK, "Content-Le"), peer.rest()), 504, "timeout"),
            "drips": (self.drip, 504, "timeout"),
            "closed-behind-the-head": (lambda peer: peer.send(head), 502, "cut"),
            "reset-behind-the-head": (lambda peer: (peer.send(head), time.sleep(0.2), reset(peer)), 502, "cut"),
            "stalls-behind-the-head": (lambda peer: (peer.send(head), peer.rest()), 504, "stalled"),
        })

    @staticmethod
    def drip(peer: Peer):
        for byte in OK + b"X: " + b"x" * 100:
            peer.send(bytes([byte]))
            time.sleep(0.05)

    def test_hints_without_end(self):
        def hint(peer: Peer):
            for _ in range(1000):
                peer.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100)

        self.faults = {"hints": hint, "well": lambda peer: peer.send(http_peers.ok())}
        peer = self.connect()
        peer.send("GET /hints HTTP/1.1\r\nHost: a\r\n\r\n")
        statuses = []
        while not statuses or statuses[-1] == 103:
            statuses.append(peer.message().status)
        self.assertEqual((statuses[-1], len(statuses)), (502, 33))
        self.assertEqual(self.by_http2("/hints")[0], 502)
        self.assertEqual(self.logged("/hints", 2), [("malformed", 502)] * 2)

    def test_a_probe_gets_past_hints(self):
        """Though they come with the answer."""
        backend = self.backend(http_peers.answering(lambda _request: b"HTTP/1.1 103 Early Hints\r\n\r\n" + http_peers.ok()))
        service = self.serve_backend(backend.port, backend='health_path = "/health"')
        mainstay.wait_until(lambda: "status 200" in (service.server("app/s0").get("last_check_reason") or ""), "the probe")

    def test_invalid_heads(self):
        heads = {
            "no-http": "220 mail.test ESMTP\r\n", "no-status": "HTTP/1.1 abc OK\r\n\r\n", "status-99": "HTTP/1.1 99 X\r\n\r\n",
            "http-2": "HTTP/2.0 200 OK\r\n\r\n", "two-lengths": OK.decode() + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
            "length-and-chunks": OK.decode() + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "bad-length": OK.decode() + "Content-Length: -1\r\n\r\n", "bad-coding": OK.decode() + "Transfer-Encoding: x\r\n\r\nabc",
            "folded": OK.decode() + "X: a\r\n b\r\nContent-Length: 0\r\n\r\n", "no-colon": OK.decode() + "nonsense\r\n\r\n",
            "zero-byte": OK.decode() + "X: a\0b\r\nContent-Length: 0\r\n\r\n", "space": OK.decode() + "X : a\r\n\r\n",
            "unasked-upgrade": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
            "too-large": OK.decode() + "X: " + "x" * 100_000 + "\r\n\r\n",
            "too-many": OK.decode() + "X: y\r\n" * 1000 + "\r\n",
        }
        self.check({name: (lambda peer, head=head: (peer.send(head), peer.rest()), 502, "malformed")
                    for name, head in heads.items()})

    def test_too_little(self):
        begun = OK + b"Content-Length: 1000\r\n\r\n" + b"x" * 500
        chunked = OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"

        def later(first: bytes, then):
            def serve(peer: Peer):
                peer.send(first)
                time.sleep(0.5)  # so that what comes first has gone on
                then(peer)
            return serve

        self.check({
            "closed-half-way": (later(begun, lambda peer: None), CUT, "cut"),
            "reset-half-way": (later(begun, reset), CUT, "cut"),
            "stalls-half-way": (later(begun, lambda peer: peer.rest()), CUT, "stalled"),
            "closed-between-chunks": (later(chunked, lambda peer: None), CUT, "cut"),
            "closed-in-a-chunk": (later(chunked + b"9\r\nwor", lambda peer: None), CUT, "cut"),
            "stalls-between-chunks": (later(chunked, lambda peer: peer.rest()), CUT, "stalled"),
            "no-chunk": (later(chunked, lambda peer: (peer.send("nonsense\r\n"), peer.rest())), CUT, "malformed"),
            "chunk-too-long": (later(chunked, lambda peer: (peer.send("2\r\nworld\r\n"), peer.rest())), CUT, "malformed"),
            "reset-before-the-end": (later(OK + b"\r\nhello", reset), CUT, "cut"),
            # Where nothing has gone to the client yet, it is told.
            "chunks-that-are-none": (lambda peer: (peer.send(OK, "Transfer-Encoding: chunked\r\n\r\nnonsense"), peer.rest()),
                                     502, "malformed"),
        })

    def test_too_much(self):
        def twice(peer: Peer):
            peer.send(http_peers.ok(b"abc") + http_peers.ok(b"not asked for"))
            peer.rest()

        self.check({"excess": (twice, 200, "excess"),
                    "to-the-end": (lambda peer: peer.send(OK, "\r\nabc"), 200, None)})
        before = len(self.server.received)
        self.assertEqual([self.by_http1("/excess"), self.by_http1("/excess")], [(200, b"abc")] * 2)
        self.assertEqual(len(self.server.received) - before, 2)  # neither got what the other one's server had added

    def test_nobody_there(self):
        for ask in self.by_http1, self.by_http2:
            self.faults["well"] = lambda peer: peer.send(http_peers.ok())
            self.assertEqual(ask("/nobody")[0], 503)
        self.assertEqual(self.logged("/nobody", 2), [("unreachable", 503)] * 2)

    def test_answers_before_the_request_ends(self):
        refusal = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbig\n"

        def orderly(peer: Peer):
            peer.send(refusal)
            peer.socket.shutdown(socket.SHUT_WR)
            peer.rest()

        self.faults = {"orderly": orderly, "at-once": lambda peer: peer.send(refusal),
                       "well": lambda peer: peer.send(http_peers.ok())}
        for name, statuses in ("orderly", {413}), ("at-once", {413, 502}):
            with self.subTest(name):
                peer = self.connect()
                peer.send(f"POST /{name} HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n", "x" * 100_000)
                self.assertIn(peer.message().status, statuses)
                peer.close()
                client = http2_client.Client(self.port)
                stream = client.ask(f"/{name}", ("content-length", "50000000"), method="POST", ends=False)
                client.send(stream, b"x" * 10_000)
                self.assertIn(client.answer(stream)[0], statuses)
                self.assertEqual(client.answer(client.ask("/well"))[0], 200)
                client.close()

    def test_others_do_not_wait(self):
        self.faults = {"silent": lambda peer: peer.rest(), "well": lambda peer: peer.send(http_peers.ok())}
        waiting = [self.connect() for _ in range(50)]
        for peer in waiting:
            peer.send("GET /silent HTTP/1.1\r\nHost: a\r\n\r\n")
        begun = time.monotonic()
        self.assertEqual(self.by_http1("/well"), (200, b"ok\n"))
        if time.monotonic() - begun > 0.9:
            self.skipTest("the machine is too slow to tell")
        self.assertEqual({peer.message().status for peer in waiting}, {504})


if __name__ == "__main__":
    mainstay.main()
