# SPDX-License-Identifier: GPL-3.0-or-later
"""The service from start to stop: ready in time, every request in its log, requests in flight finished at the end."""
import os
import signal
import threading
import time

import mainstay


class Life(mainstay.TestCase):
    def start(self):
        self.port = mainstay.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        node = self.node("a")
        return self.serve(f"""
            [listener.web]
            address = ["127.0.0.1:{self.port}"]

            [site.demo]
            hosts = ["*"]

            [[site.demo.route]]
            path = "/"
            root = "site"

            [[site.demo.route]]
            path = "/app/"
            backend = "app"
            strip_prefix = true

            [backend.app.server.a]
            address = "127.0.0.1:{node.port}"
            """, {"site/index.html": "hello"})

    def test_serves_and_stops(self):
        service = self.start()
        static, proxied = mainstay.curl(self.url + "/"), mainstay.curl(self.url + "/app/")
        self.assertEqual((static.status, static.body), (200, b"hello"))
        self.assertEqual((proxied.status, proxied.body), (200, b"a\n"))
        self.assertEqual(service.status()["pid"], service.core)
        self.assertEqual(service.stop(), 0)
        self.assertEqual(service.core, 0)
        self.assertEqual(mainstay.curl(self.url).status, 0)

    def slow_request(self, service, milliseconds):
        """Starts a request and waits until the backend works on it. The thread's `reply` is what came back."""
        client = threading.Thread(
            target=lambda: setattr(client, "reply", mainstay.curl(f"{self.url}/app/slow?ms={milliseconds}")))
        client.start()
        self.addCleanup(client.join)
        mainstay.wait_until(lambda: service.server("app/a")["in_flight"] == 1, "the request is in flight")
        return client

    def test_finishes_requests_in_flight(self):
        for number in signal.SIGTERM, signal.SIGINT:
            with self.subTest(number):
                service = self.start()
                client = self.slow_request(service, 1500)
                begin = time.monotonic()
                service.signal(number)
                client.join()
                self.assertEqual((client.reply.status, client.reply.body), (200, b"a\n"))
                self.assertEqual(service.wait(), 0)
                self.assertLess(time.monotonic() - begin, 5)

    def test_cuts_off_what_does_not_end(self):
        service = self.start()
        service.stop()
        service.start("--drain", "1")
        service.wait_serving()
        self.slow_request(service, 8000)
        begin = time.monotonic()
        self.assertEqual(service.stop(), 0)
        self.assertLess(time.monotonic() - begin, 4)

    def test_second_signal_does_not_wait(self):
        service = self.start()
        self.slow_request(service, 8000)
        begin = time.monotonic()
        service.signal(signal.SIGINT)
        mainstay.wait_until(lambda: "stopping" in service.output(), "it has heard the first")
        service.signal(signal.SIGINT)
        self.assertEqual(service.wait(), 0)
        self.assertLess(time.monotonic() - begin, 3)

    def test_logs_each_request(self):
        service = self.start()
        mainstay.curl(self.url + "/", "-A", "a \"browser\"", "-e", "http://from.test/")
        mainstay.curl(self.url + "/app/x?y", "-X", "POST", "-d", "body")
        mainstay.curl(self.url + "/none")
        log = service.state / "log/access.log"
        lines = mainstay.wait_until(lambda: len(lines := log.read_text().splitlines()) == 3 and lines, "three lines")
        # Each worker writes in its own time.
        get, none, post = sorted(lines, key=lambda line: line.partition('"')[2])
        start = r'127\.0\.0\.1 - - \[\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d:\d\d \+0000\] '
        for line, rest in ((get, r'"GET / HTTP/1\.1" 200 5 "http://from\.test/" "a \\x22browser\\x22"'),
                           (none, r'"GET /none HTTP/1\.1" 404 \d+ "-" "curl/.*"'),
                           (post, r'"POST /app/x\?y HTTP/1\.1" 200 2 "-" "curl/.*"')):
            self.assertRegex(line, "^" + start + rest + "$")

    def test_starts_again_after_kill(self):
        service = self.start()
        core = service.core
        client = mainstay.connect(self.port)  # an idle connection holds nothing up
        self.addCleanup(client.close)
        service.signal(signal.SIGKILL)
        service.wait()
        mainstay.wait_until(lambda: not os.path.exists(f"/proc/{core}"), "the core left with its parent")
        service.start()
        service.wait_serving()
        self.assertEqual(mainstay.curl(self.url + "/app/").status, 200)

    def test_stop_under_load(self):
        service = self.start()
        load = self.load(self.url + "/app/")
        mainstay.wait_until(lambda: len(mainstay.clients_of(self.port)) == 16, "the load is there")
        begin = time.monotonic()
        self.assertEqual(service.stop(), 0)
        self.assertLess(time.monotonic() - begin, 5)
        load.end()
        self.assertEqual(mainstay.clients_of(self.port), set())

    def test_ctl_without_service(self):
        service = self.start()
        service.stop()
        done = service.ctl_raw("status")
        self.assertEqual(done.returncode, 3)
        self.assertIn(str(service.runtime / "control.sock"), done.stderr)

    def test_second_start_on_the_same_state_is_refused(self):
        service = self.start()
        done = mainstay.run(mainstay.PROGRAMS / "mainstayd", "--config", service.config, "--state", service.state,
                            "--runtime", service.folder)
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(service.state), done.stderr)
        self.assertEqual(mainstay.curl(self.url).status, 200)


if __name__ == "__main__":
    mainstay.main()
