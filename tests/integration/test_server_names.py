# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers by name: looked up while the service runs, followed when they move, and never a reason to stop."""
import socket
import time

import http_peers
import mainstay
from http_peers import answering, ok

ZONE = """
$ORIGIN demo.test.
$TTL 60
@ SOA ns hostmaster {serial} 3600 900 604800 60
@ NS ns
ns A 127.0.0.1
{records}
"""


class ServerNames(http_peers.TestCase):
    """The names are those of a zone that a service of its own serves."""

    def setUp(self):
        super().setUp()
        self.dns = mainstay.free_port()
        self.serial = 0
        self.resolver = self.prepare(f"""
            [listener.dns]
            address = ["127.0.0.1:{self.dns}"]
            protocol = "dns"
            [zone."demo.test"]
            file = "demo.zone"
            """)
        one = self.backend(answering(ok(b"one\n")))
        self.backend(answering(ok(b"two\n")), address=("127.0.0.2", one.port))
        self.server_port = one.port

    def names(self, records: str):
        """Has the resolver serve these, from now on."""
        self.serial += 1
        self.resolver.write("demo.zone", ZONE.format(serial=self.serial, records=records))
        if not self.resolver.is_running:
            self.resolver.start()
            self.resolver.wait_serving()
        self.resolver.apply()

    def serve_name(self, host: str = "app.demo.test", resolvers: tuple = ()):
        self.service = self.serve(f"""
            [service]
            workers = 1
            resolvers = {[f"127.0.0.1:{port}" for port in resolvers or [self.dns]]}
            lookup_interval = "1s"
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            [site.all]
            hosts = ["*"]
            [[site.all.route]]
            path = "/"
            backend = "app"
            [[site.all.route]]
            path = "/own"
            respond = "own"
            [backend.app]
            health_interval = "1h"
            [backend.app.server.a]
            address = "{host}:{self.server_port}"
            """)

    def answers(self, body: bytes, path: str = "/"):
        mainstay.wait_until(lambda: self.get(path).body == body, f"{body} answers")

    def problems(self) -> list:
        return [problem["message"] for problem in self.service.status()["problems"] if problem["code"] == "server.unresolved"]

    def test_a_name_that_moves_is_followed(self):
        self.names("app A 127.0.0.1")
        self.serve_name()
        self.answers(b"one\n")
        self.names("app A 127.0.0.2")
        deadline, seen = time.monotonic() + mainstay.PATIENCE, set()
        while b"two\n" not in seen and time.monotonic() < deadline:
            answer = self.get()
            self.assertEqual(answer.status, 200)  # none is lost on the way
            seen.add(answer.body)
        self.assertLessEqual(seen, {b"one\n", b"two\n"})
        self.assertIn(b"two\n", seen)
        # By way of another name, and back.
        self.names("app CNAME other\nother A 127.0.0.1")
        self.answers(b"one\n")
        self.assertEqual(self.problems(), [])

    def test_a_server_stays_at_one_of_several_addresses(self):
        for own, body in (2, b"two\n"), (1, b"one\n"):  # one of them is not the first in the list
            self.names(f"app A 127.0.0.{own}")
            if own == 2:
                self.serve_name()
            self.answers(body)
            self.names("app A 127.0.0.1\napp A 127.0.0.2")
            deadline, seen = time.monotonic() + 3, set()
            while time.monotonic() < deadline:
                seen.add(self.get().body)
                time.sleep(0.05)
            self.assertEqual(seen, {body})

    def test_a_name_that_goes_keeps_its_last_address(self):
        self.names("app A 127.0.0.2")
        self.serve_name()
        self.answers(b"two\n")
        self.names("other A 127.0.0.1")
        mainstay.wait_until(self.problems, "it is told of")
        self.assertIn("127.0.0.2", self.problems()[0])
        self.assertEqual(self.get().body, b"two\n")
        self.resolver.stop()
        time.sleep(1.5)  # a look-up that nobody answers
        self.assertEqual(self.get().body, b"two\n")
        self.names("app A 127.0.0.1")
        self.answers(b"one\n")
        mainstay.wait_until(lambda: not self.problems(), "all is well again")

    def test_a_name_that_comes_later_is_found(self):
        self.names("other A 127.0.0.1")
        self.serve_name()
        self.assertEqual((self.get().status, self.get("/own").body), (503, b"own"))
        self.assertEqual(self.problems(), ["the name app.demo.test does not resolve"])
        self.names("app A 127.0.0.1")
        self.answers(b"one\n")

    def test_a_resolver_that_says_nothing_stops_nothing(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            said_to_be = f"127.0.0.1:{silent.getsockname()[1]}"
            self.serve_name(resolvers=(silent.getsockname()[1],))
            self.assertEqual((self.get().status, self.get("/own").body), (503, b"own"))
            begun = time.monotonic()
            self.service.apply()
            self.assertLess(time.monotonic() - begun, 15)
            self.assertEqual(self.get("/own").body, b"own")
            # The next one is asked in its place.
            self.names("app A 127.0.0.1")
            toml = (self.service.config / "mainstay.toml").read_text()
            self.service.configure(toml.replace(f"'{said_to_be}'", f"'{said_to_be}', '127.0.0.1:{self.dns}'"))
            self.service.apply()
            self.answers(b"one\n")

    def test_the_machines_own_resolver(self):
        self.serve(f"""
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            [site.all]
            hosts = ["*"]
            [[site.all.route]]
            path = "/"
            backend = "app"
            [backend.app]
            health_interval = "1h"
            [backend.app.server.a]
            address = "localhost:{self.server_port}"
            [backend.app.server.b]
            address = "nowhere.invalid:80"
            """)
        self.answers(b"one\n")
        self.assertEqual({self.get().status for _ in range(10)}, {200})


if __name__ == "__main__":
    mainstay.main()
