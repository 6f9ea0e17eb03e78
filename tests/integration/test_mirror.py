# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of requests for another backend, whose answers nobody waits for."""
import time

import http2_client
import http_peers
import mainstay
from http_peers import Peer, answering, ok


class Mirror(http_peers.TestCase):
    def mirror(self, shadow, route: str = "", backend: str = "", main=answering(ok(b"main\n"))):
        """A route to `main`, mirrored to `shadow`; both are what a server does with a connection."""
        self.main, self.shadow = self.backend(main), self.backend(shadow)
        self.service = self.serve(f"""
            [service]
            workers = 1
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            [site.all]
            hosts = ["*"]
            [[site.all.route]]
            path = "/"
            backend = "main"
            mirror = "shadow"
            {route}
            [backend.main]
            health_interval = "1h"
            [backend.main.server.a]
            address = "127.0.0.1:{self.main.port}"
            [backend.shadow]
            health_interval = "1h"
            health_fall = 100
            {backend}
            [backend.shadow.server.a]
            address = "127.0.0.1:{self.shadow.port}"
            """)

    def metrics(self) -> dict:
        return next(entry for entry in self.service.ctl("metrics")["backends"] if entry["name"] == "shadow")

    def copies(self, count: int) -> bytes:
        """All that the shadow got, once it is so many requests."""
        def got():
            all_of_it = b"".join(self.shadow.received)
            return all_of_it.count(b" HTTP/1.1\r\n") >= count and all_of_it
        return mainstay.wait_until(got, f"{count} copies")

    def test_a_copy_is_the_request(self):
        self.mirror(answering(b"HTTP/1.1 500 Oh\r\nContent-Length: 5\r\nX-Shadow: 1\r\n\r\nshade"),
                    route='request_headers = ["X-Tenant: {host}"]')
        answer = self.get("/a?b=c", "Cookie: d=e", host="www.test")
        self.assertEqual((answer.status, answer.body, answer.get("x-shadow")), (200, b"main\n", None))
        mainstay.wait_until(lambda: self.metrics()["requests"] == 1, "the first is answered")
        for framing, body in ("Content-Length: 5", b"hello"), ("Transfer-Encoding: chunked", b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"):
            self.assertEqual(self.ask(f"POST / HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n".encode() + body).body, b"main\n")
            mainstay.wait_until(lambda: self.metrics()["requests"] == (2 if body == b"hello" else 3), "it is answered")
        self.copies(3)
        self.assertEqual(b"".join(self.shadow.received), b"".join(self.main.received))
        self.assertEqual((self.metrics()["mirrors_dropped"], self.metrics()["errors"]), (0, 0))
        self.assertEqual(len(self.shadow.received), 1)  # over one connection, which is used again

    def test_bodies_that_come_bit_by_bit(self):
        seen = []

        def note(request):
            seen.append(request.body)
            return ok()

        self.mirror(answering(note))
        for framing in "Content-Length: 60000", "Transfer-Encoding: chunked":
            peer = self.connect()
            peer.send(f"POST / HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n")
            for i in range(6):
                part = bytes([ord("a") + i]) * 10_000
                peer.send(part if "Length" in framing else b"2710\r\n" + part + b"\r\n")
                time.sleep(0.02)
            peer.send("" if "Length" in framing else "0\r\n\r\n")
            self.assertEqual(peer.message().body, b"main\n")
        whole = b"".join(bytes([ord("a") + i]) * 10_000 for i in range(6))
        mainstay.wait_until(lambda: seen == [whole, whole], "both have been copied")
        # Larger ones are not copied, and arrive all the same.
        for framing in "Content-Length: 70000", "Transfer-Encoding: chunked":
            body = b"x" * 70_000 if "Length" in framing else b"11170\r\n" + b"x" * 70_000 + b"\r\n0\r\n\r\n"
            self.assertEqual(self.ask(f"POST / HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n".encode() + body).body, b"main\n")
        self.assertEqual((self.metrics()["mirrors_dropped"], len(seen)), (2, 2))

    def test_http2(self):
        self.mirror(answering(ok()))
        client = http2_client.Client(self.port)
        self.addCleanup(client.close)
        stream = client.ask("/two", method="POST", ends=False)
        client.send(stream, b"hello", ends=True)
        self.assertEqual(client.answer(stream), (200, b"main\n"))
        self.assertIn(b"POST /two HTTP/1.1\r\n", self.copies(1))

    def test_a_shadow_in_trouble_bothers_nobody(self):
        def silent(peer: Peer):
            peer.message()
            peer.rest()

        self.mirror(silent)
        begun = time.monotonic()
        peer = self.connect()
        for _ in range(200):
            peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertEqual(peer.message().body, b"main\n")
        self.assertLess(time.monotonic() - begun, 15)
        # So many wait at a time; the rest is dropped, and counted.
        self.assertEqual((self.metrics()["mirrors_dropped"], self.metrics()["in_flight"]), (72, 128))
        self.assertEqual(self.service.server("shadow/a")["in_flight"], 128)
        begun = time.monotonic()
        self.assertEqual(self.service.stop(), 0)
        self.assertLess(time.monotonic() - begun, 8)

    def test_shadows_that_answer_badly(self):
        def worst(peer: Peer):
            peer.message()
            worst.asked.append(1)
            peer.send(worst.answers[len(worst.asked) % len(worst.answers)])

        worst.asked = []
        worst.answers = [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
                         b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                         b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + b"x" * 3_000_000]
        self.mirror(worst)
        for _ in range(20):
            self.assertEqual(self.get().body, b"main\n")
        mainstay.wait_until(lambda: len(worst.asked) >= 20, "all are copied")
        mainstay.wait_until(lambda: self.service.server("shadow/a")["in_flight"] == 0, "and done with")
        # Nor is one missed that is not there.
        self.shadow.end()
        self.assertEqual({self.get().body for _ in range(5)}, {b"main\n"})

    def test_a_share(self):
        self.mirror(answering(ok()), route="mirror_share = 50")
        peer = self.connect()
        for _ in range(300):
            peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            peer.message()
        mainstay.wait_until(lambda: self.service.server("shadow/a")["in_flight"] == 0, "the last one is sent")
        self.assertTrue(90 < self.metrics()["requests"] < 210, self.metrics())

    def test_what_cannot_be(self):
        self.mirror(answering(ok()))
        toml = (self.service.config / "mainstay.toml").read_text()
        for wrong, path in ((toml.replace('backend = "main"', 'respond = "x"', 1), "mirror"),
                            (toml.replace('mirror = "shadow"', "mirror_share = 5"), "mirror_share"),
                            (toml.replace('mirror = "shadow"', 'mirror = "nobody"'), "mirror")):
            self.service.configure(wrong)
            refused = self.service.ctl("config", "check", ok=False)
            self.assertEqual([problem["path"] for problem in refused["problems"]], [f"site.all.route[0].{path}"], refused)


if __name__ == "__main__":
    mainstay.main()
