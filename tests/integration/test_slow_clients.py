# SPDX-License-Identifier: GPL-3.0-or-later
"""slowhttptest in its four modes: whoever is slow is bounded, and others are served meanwhile."""
import re
import subprocess
import threading
import time

import http_peers
import mainstay
from http_peers import answering, ok

CONNECTIONS = 150
SECONDS = 8


class SlowClients(http_peers.TestCase):
    def setUp(self):
        super().setUp()
        self.target = self.backend(answering(ok()))
        self.service = self.serve(f"""
            [service]
            workers = 1
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            head_timeout = "2s"
            body_timeout = "2s"
            idle_timeout = "2s"
            write_timeout = "2s"
            max_body = "1MiB"
            [site.all]
            hosts = ["*"]
            [[site.all.route]]
            path = "/"
            root = "site"
            [[site.all.route]]
            path = "/app"
            backend = "app"
            [backend.app]
            health_interval = "1h"
            [backend.app.server.a]
            address = "127.0.0.1:{self.target.port}"
            """, {"site/index.html": "hello", "site/large": "x" * 8_000_000})

    def survives(self, *mode: str, path: str = "/", least: int = CONNECTIONS // 4):
        """Runs slowhttptest, and asks as others would meanwhile. `least`: connections that must have been open at a time,
        or else it has come to nothing."""
        tester = subprocess.Popen(["slowhttptest", "-c", str(CONNECTIONS), "-r", "100", "-l", str(SECONDS), "-p", "3", "-u",
                                   f"http://127.0.0.1:{self.port}{path}", *mode], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True)
        self.addCleanup(tester.wait)
        self.addCleanup(tester.kill)
        said = []
        reader = threading.Thread(target=lambda: said.append(tester.stdout.read()), daemon=True)
        reader.start()
        most, slowest, asked = 0, 0.0, 0
        while tester.poll() is None:
            for other, answer in ("/", b"hello"), ("/app", b"ok\n"):
                begun = time.monotonic()
                self.assertEqual(self.get(other).body, answer)
                slowest, asked = max(slowest, time.monotonic() - begun), asked + 1
            most = max(most, self.service.ctl("metrics")["process"]["open_connections"])
            time.sleep(0.05)
        reader.join(mainstay.PATIENCE)
        text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", said[0])
        self.assertGreater(asked, 10)
        self.assertLess(slowest, 5)
        self.assertGreaterEqual(most, least, text)
        self.assertNotIn("NO", re.findall(r"service available:\s*(\w+)", text), text)
        mainstay.wait_until(lambda: self.service.ctl("metrics")["process"]["open_connections"] <= 1, "all of it is over")

    def test_heads(self):
        self.survives("-H", "-i", "1")

    def test_bodies(self):
        self.survives("-B", "-i", "1", "-s", "8192", "-x", "24", path="/app")

    def test_ranges(self):
        self.survives("-R", "-a", "5", "-b", "3000", path="/large", least=0)  # each is answered at once

    def test_reading(self):
        self.survives("-X", "-w", "10", "-y", "20", "-n", "1", "-z", "5", "-k", "2", path="/large")


if __name__ == "__main__":
    mainstay.main()
