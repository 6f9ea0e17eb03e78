# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that die, come back, drain and are taken out: no request fails, and what was set stays set."""
import collections
import json
import os
import signal
import threading
import time

import http_peers
import mainstay


class Backends(mainstay.TestCase):
    def setUp(self):
        super().setUp()
        self.port = mainstay.free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.a, self.b = self.node("a"), self.node("b")
        self.service = self.serve(f"""
            [listener.web]
            address = ["127.0.0.1:{self.port}"]

            [site.demo]
            hosts = ["*"]

            [[site.demo.route]]
            path = "/"
            backend = "app"

            [backend.app]
            health_path = "/health"
            health_interval = "100ms"

            [backend.app.server.a]
            address = "127.0.0.1:{self.a.port}"

            [backend.app.server.b]
            address = "127.0.0.1:{self.b.port}"
            """)
        self.await_health("a", "up")
        self.await_health("b", "up")

    def await_health(self, server, health):
        mainstay.wait_until(lambda: self.service.server(f"app/{server}")["health"] == health, f"{server} is {health}")

    def answers(self, requests=20):
        """Who answers how often."""
        return collections.Counter(mainstay.curl(self.url).body.decode().strip() for _ in range(requests))

    def test_killed_server_fails_no_request(self):
        load = self.load(self.url)
        mainstay.wait_until(lambda: self.b.count()["requests"] > 100, "b has work")
        self.b.kill()
        self.await_health("b", "down")
        self.assertEqual(set(self.answers(6)), {"a"})
        self.b.start()
        mainstay.wait_until(lambda: self.b.count()["requests"] > 100, "b has work again")
        self.assertUnharmed(load)
        self.assertEqual(set(self.answers()), {"a", "b"})

    def test_server_that_says_it_is_unwell_gets_nothing(self):
        mainstay.curl(f"http://127.0.0.1:{self.a.port}/health/down")
        self.await_health("a", "down")
        self.assertIn("503", self.service.server("app/a")["last_check_reason"])
        self.assertEqual(self.answers(6), {"b": 6})
        self.assertEqual(self.service.status()["problems"], [])
        self.service.ctl("backend", "maint", "app/b")
        self.assertEqual([(problem["code"], problem["path"]) for problem in self.service.status()["problems"]],
                         [("backend.no-server", "backend.app")])
        self.service.ctl("backend", "clear", "app/b")
        mainstay.curl(f"http://127.0.0.1:{self.a.port}/health/up")
        self.await_health("a", "up")
        self.assertEqual(set(self.answers()), {"a", "b"})

    def test_states_under_load(self):
        load = self.load(self.url)
        for state in "drain", "ready", "maint", "ready":
            self.assertEqual(self.service.ctl("backend", state, "app/a")["override_state"], state)
            if state == "ready":
                self.assertEqual(set(self.answers()), {"a", "b"})
            else:
                mainstay.wait_until(lambda: self.service.server("app/a")["in_flight"] == 0, "a has nothing in flight")
                self.assertEqual(self.answers(6), {"b": 6})
        self.assertUnharmed(load)

    def test_state_and_weight_outlive_core_reload_and_service(self):
        self.service.ctl("backend", "drain", "app/a")
        self.service.ctl("backend", "weight", "app/b", "7")

        def is_kept():
            server = self.service.server
            return (server("app/a")["override_state"], server("app/b")["override_weight"]) == ("drain", 7)
        self.service.apply()
        self.assertTrue(is_kept())
        os.kill(self.service.core, signal.SIGKILL)
        self.service.wait_serving()
        self.assertTrue(is_kept())
        self.assertEqual(self.answers(6), {"b": 6})
        self.service.stop()
        self.service.start()
        self.service.wait_serving()
        self.assertTrue(is_kept())
        self.service.ctl("backend", "clear", "app/a")
        self.assertIsNone(self.service.server("app/a")["override_state"])
        self.assertEqual(set(self.answers()), {"a", "b"})

    def test_weight_shares_the_requests(self):
        self.service.ctl("backend", "weight", "app/a", "3")
        counts = self.answers(40)
        self.assertGreater(counts["a"], 2 * counts["b"])
        self.assertGreater(counts["b"], 0)

    def test_unknown_server_is_refused(self):
        done = self.service.ctl_raw("backend", "drain", "app/c")
        self.assertEqual(done.returncode, 1)
        self.assertIn("`c`", done.stderr)


class Full(http_peers.TestCase):
    """Servers that work on one request at a time, each of which says its name."""

    def start(self, names: str):
        self.asked, self.released = threading.Semaphore(0), threading.Event()
        self.addCleanup(self.released.set)
        ports = [self.backend(self.serving(name)).port for name in names]
        self.service = self.serve_backend(*ports, server="max_connections = 1",
                                          service='logs = ["main"]\n[log.main]\nformat = "json"')

    def serving(self, name: str):
        def serve(peer: http_peers.Peer):
            while True:
                if peer.message().start.split()[1] == "/held":
                    self.asked.release()
                    self.released.wait(mainstay.PATIENCE)
                peer.send(http_peers.ok(name.encode()))
        return serve

    def hold(self) -> http_peers.Peer:
        """A request that a server works on until it is released."""
        peer = self.connect()
        peer.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertTrue(self.asked.acquire(timeout=mainstay.PATIENCE))
        return peer

    def error(self, path: str) -> str:
        log = self.service.state / "log/main.log"

        def found() -> list:
            lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
            return [line.get("error") for line in lines if line.get("target") == path]
        return mainstay.wait_until(found, f"a line of {path} in the log")[0]

    def test_another_one_takes_what_one_has_no_room_for(self):
        self.start("ab")
        first = self.hold()
        others = {self.get().body for _ in range(6)}
        self.assertEqual(len(others), 1)
        second = self.hold()
        self.assertEqual(self.get("/third").status, 503)
        self.assertEqual(self.error("/third"), "busy")
        self.released.set()
        self.assertEqual({second.message().body}, others)
        self.assertEqual({first.message().body} | others, {b"a", b"b"})

    def test_a_single_one(self):
        self.start("a")
        first = self.hold()
        begun = time.monotonic()
        self.assertEqual(self.get("/second").status, 503)
        self.assertLess(time.monotonic() - begun, 2)
        self.assertEqual(self.error("/second"), "busy")
        backend = self.service.ctl("metrics")["backends"][0]
        self.assertEqual((backend["errors"], backend["servers"][0]["errors"]), (1, 0))
        self.released.set()
        answer = first.message()
        self.assertEqual((answer.status, answer.body), (200, b"a"))
        mainstay.wait_until(lambda: self.get().status == 200, "there is room again")


if __name__ == "__main__":
    mainstay.main()
