# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that are sent to another server: how many of them, and how long they may take."""
import itertools
import threading
import time

import http_peers
import mainstay


class Retries(http_peers.TestCase):
    def closing(self) -> http_peers.Backend:
        return self.backend(lambda peer: peer.message())

    def test_a_budget_bounds_what_servers_in_trouble_get(self):
        for budget, least, most in ("", 120, 135), ("retry_budget = 100", 200, 200), ("retry_budget = 0", 110, 110):
            with self.subTest(budget):
                self.port = mainstay.free_port()
                servers = [self.closing(), self.closing()]
                self.serve_backend(*(server.port for server in servers), backend=budget)
                for _ in range(100):
                    self.assertEqual(self.get().status, 502)
                asked = sum(len(server.received) for server in servers)
                self.assertTrue(least <= asked <= most, asked)

    def test_what_a_server_had_under_way_is_no_trouble(self):
        """When it goes down, all of it is asked of another, whatever the budget."""
        gate = threading.Event()

        def slow(peer):
            while True:
                if "/quick" not in peer.message().start:
                    gate.wait(mainstay.PATIENCE)
                    return
                peer.send(http_peers.ok(b"quick"))

        dying, well = self.backend(slow), self.backend(http_peers.answering(http_peers.ok(b"well")))
        self.serve_backend(dying.port, well.port, backend="retry_budget = 0\nbalance = \"round_robin\"")
        waiting = []
        for _ in range(100):
            peer = self.connect()
            peer.send(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
            waiting.append(peer)
        mainstay.wait_until(lambda: len(dying.received) >= 50, "half of them to wait")
        while self.get("/quick").body != b"quick":
            pass
        gate.set()
        self.assertEqual([peer.message().body for peer in waiting], [b"well"] * 100)

    def test_a_server_that_loses_every_second_request_is_trouble(self):
        asked = itertools.count()

        def serve(peer):
            peer.message()
            if next(asked) % 2 == 0:
                peer.send(http_peers.ok(b"flaps", "Connection: close"))

        flapping, well = self.backend(serve), self.backend(http_peers.answering(http_peers.ok(b"well")))
        self.serve_backend(flapping.port, well.port, backend="retry_budget = 0")
        statuses = [self.get().status for _ in range(80)]
        # Ten in five seconds always may.
        self.assertEqual(statuses.count(502), 20 - 10, statuses)

    def test_a_death_behind_the_head_is_no_stale_connection(self):
        def serve(peer):
            peer.message()
            peer.send(http_peers.ok(b"well"))
            peer.message()
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
            time.sleep(0.05)

        server = self.backend(serve)
        self.serve_backend(server.port, backend="retries = 0")
        self.assertEqual([self.get().status for _ in range(4)], [200, 502, 200, 502])
        self.assertEqual(len(server.received), 2)

    def test_who_is_not_there_costs_nothing(self):
        well = self.backend(http_peers.answering(http_peers.ok()))
        self.serve_backend(mainstay.free_port(), well.port, backend="retry_budget = 0\nhealth_fall = 100")
        self.assertEqual({self.get().status for _ in range(60)}, {200})

    def test_an_answer_without_its_body_is_none(self):
        def dies(peer):
            peer.message()
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
            time.sleep(0.05)

        dying, well = self.backend(dies), self.backend(http_peers.answering(http_peers.ok(b"well")))
        self.serve_backend(dying.port, well.port, backend="retry_budget = 100")
        put = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1_000_000
        for _ in range(4):
            self.assertEqual(self.get().body, b"well")
            peer = self.connect()
            peer.send(put)
            self.assertEqual(peer.message().body, b"well")
        self.assertTrue(dying.received)

    def test_what_has_begun_is_passed_on(self):
        """An event stream's head is news by itself."""
        def streams(peer):
            peer.message()
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            peer.rest()

        self.serve_backend(self.backend(streams).port)
        peer = self.connect()
        peer.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertEqual(peer.head().status, 200)

    def test_all_tries_together_have_their_time(self):
        silent = [self.backend(lambda peer: (peer.message(), peer.rest())) for _ in range(3)]
        self.serve_backend(*(server.port for server in silent),
                           backend='response_timeout = "1s"\ntotal_timeout = "1500ms"\nretries = 2')
        begun = time.monotonic()
        self.assertEqual(self.get().status, 504)
        self.assertTrue(1.4 < time.monotonic() - begun < 2.4, time.monotonic() - begun)
        self.assertEqual(sum(len(server.received) for server in silent), 2)

    def test_the_time_is_that_of_the_beginning(self):
        def drips(peer):
            peer.message()
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
            for _ in range(4):
                time.sleep(0.2)
                peer.send(b"x")

        self.serve_backend(self.backend(drips).port, backend='total_timeout = "300ms"')
        self.assertEqual(self.get().body, b"xxxx")


if __name__ == "__main__":
    mainstay.main()
