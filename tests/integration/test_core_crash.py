# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 of the core under load: the ports stay, who connects meanwhile is answered, the state folder is whole."""
import contextlib
import json
import os
import re
import signal
import socket
import time

import mainstay


class CoreCrash(mainstay.TestCase):
    def start(self):
        self.port, self.dns = mainstay.free_port(), mainstay.free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.backend = self.node("a")
        return self.serve(f"""
            [listener.web]
            address = ["127.0.0.1:{self.port}"]

            [listener.dns]
            address = ["127.0.0.1:{self.dns}"]
            protocol = "dns"

            [site.demo]
            hosts = ["*"]

            [[site.demo.route]]
            path = "/"
            backend = "app"

            [backend.app.server.a]
            address = "127.0.0.1:{self.backend.port}"

            [zone."demo.test"]
            file = "demo.test.zone"
            """, {"demo.test.zone": "@ 300 SOA ns hostmaster 1 3600 900 86400 300\n@ NS ns\nns A 127.0.0.1\n"})

    def ask_to_apply(self, service):
        """Sends config.apply, and returns the connection, on which the answer comes."""
        connection = socket.socket(socket.AF_UNIX)
        self.addCleanup(connection.close)
        connection.settimeout(mainstay.PATIENCE)
        connection.connect(str(service.runtime / "control.sock"))
        connection.sendall(b'{"jsonrpc": "2.0", "id": 1, "method": "config.apply", "params": {}}\n')
        return connection

    def answer_on(self, connection):
        """The answer; nothing when the core died before it."""
        with contextlib.suppress(ConnectionError), connection.makefile("rb") as stream:
            return json.loads(stream.readline() or "null")

    def assert_goes_on(self, load, connections, kills):
        """It gets answers as before the kills, and nothing failed but what each of them cut off."""
        mainstay.wait_until(lambda: len(mainstay.clients_of(self.port)) >= connections, "all of the load is back")
        answered = self.backend.count()["requests"]
        mainstay.wait_until(lambda: self.backend.count()["requests"] >= answered + 10 * connections, "it gets answers")
        result = load.finish()
        failures = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", result.text)
        connect, read, write, timeout = map(int, failures.groups()) if failures else (0, 0, 0, 0)
        self.assertEqual((connect, timeout), (0, 0), result.text)
        self.assertLessEqual(read + write, connections * kills, result.text)
        self.assertNotIn("Non-2xx", result.text)
        self.assertGreater(result.requests, 0, result.text)

    def test_who_connects_meanwhile_is_answered(self):
        service = self.start()
        load = self.load(self.url, 64)
        for _ in range(3):
            mainstay.wait_until(lambda: len(mainstay.clients_of(self.port)) >= 64, "the load is there")
            os.kill(service.core, signal.SIGKILL)
            # None of these is refused: the sockets are the guard's.
            for client in [mainstay.connect(self.port) for _ in range(20)]:
                client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                self.assertEqual(client.makefile("rb").read().splitlines()[0], b"HTTP/1.1 200 OK")
                client.close()
            # A query that waited in the UDP socket may be answered too late for dig, the next one is not.
            mainstay.wait_until(lambda: mainstay.dig(self.dns, "ns.demo.test").status == "NOERROR", "names resolve")
            service.wait_serving()
        self.assert_goes_on(load, 64, kills=3)
        self.assertTrue(service.is_running)

    def test_state_is_whole_whenever_it_dies(self):
        service = self.start()
        toml = (service.config / "mainstay.toml").read_text()
        load = self.load(self.url, 8)

        def change(number):
            service.configure(toml + f"\n[backend.app]\nretries = {number}\n")

        durations = []
        for number in range(3):
            change(number)
            begun = time.monotonic()
            self.assertTrue(self.answer_on(self.ask_to_apply(service))["result"]["applied"])
            durations.append(time.monotonic() - begun)
        revision, stored, cut = 4, 0, 0
        for number in range(1, 7):
            change(2 + number)
            core = service.core
            connection = self.ask_to_apply(service)
            if number < 6:
                time.sleep(min(durations) * number / 6)  # another moment of the apply each time
            else:
                mainstay.wait_until((service.state / f"revisions/{revision + 1}").exists, "the revision is stored")
            os.kill(core, signal.SIGKILL)
            answer = self.answer_on(connection)
            mainstay.wait_until(lambda: service.core not in (0, core), "another core runs")
            service.wait_serving()
            self.assertEqual(service.status()["problems"], [])
            revisions = service.ctl("config", "history")
            self.assertEqual([entry["revision"] for entry in revisions], list(range(len(revisions), 0, -1)))
            self.assertTrue(revisions[0]["running"])
            # What was answered is stored, and what was not may be.
            self.assertIn(len(revisions), [revision + 1] if answer else [revision, revision + 1])
            stored += len(revisions) - revision
            cut += answer is None
            revision = len(revisions)
        self.assertGreater(stored, 0)
        self.assertGreater(cut, 0)
        self.assert_goes_on(load, 8, kills=6)
        self.assertEqual(service.apply()["applied"], True)
        service.stop()
        service.start()
        service.wait_serving()
        self.assertEqual(service.status()["drift"], [])
        self.assertEqual(mainstay.curl(self.url).status, 200)

    def test_stop_while_no_core_runs(self):
        service = self.start()
        for _ in range(3):
            os.kill(mainstay.wait_until(lambda: service.core, "a core runs"), signal.SIGKILL)
        self.assertEqual(service.stop(), 0)


if __name__ == "__main__":
    mainstay.main()
