# SPDX-License-Identifier: GPL-3.0-or-later
"""What mainstayctl shows is what happened: metrics count each request once, logs are followed, the configuration is
shown as it runs."""
import json
import signal
import socket
import subprocess

import mainstay


class Watching(mainstay.TestCase):
    def setUp(self):
        super().setUp()
        self.port, self.dns = mainstay.free_port(), mainstay.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.a = self.node("a")
        self.service = self.serve(f"""
            [listener.web]
            address = ["127.0.0.1:{self.port}"]

            [listener.names]
            address = ["127.0.0.1:{self.dns}"]
            protocol = "dns"

            [site.demo]
            hosts = ["*"]

            [[site.demo.route]]
            path = "/"
            root = "site"

            [[site.demo.route]]
            path = "/app/"
            backend = "app"

            [backend.app]
            health_path = "/health"
            health_interval = "200ms"

            [backend.app.server.a]
            address = "127.0.0.1:{self.a.port}"

            [zone."example.test"]
            file = "example.zone"
            """, {"site/index.html": "hello", "example.zone": """\
                $ORIGIN example.test.
                $TTL 60
                @ SOA ns admin 1 3600 600 86400 60
                @ NS ns
                ns A 127.0.0.1
                """})

    def test_metrics_count_each_request_once(self):
        for path in "/", "/", "/missing", "/app/x":
            mainstay.curl(self.url + path)
        mainstay.dig(self.dns, "ns.example.test")
        mainstay.dig(self.dns, "+tcp", "nothing.example.test")
        mainstay.dig(self.dns, "elsewhere.test")
        with mainstay.connect(self.port) as malformed:
            malformed.sendall(b"NONSENSE\r\n\r\n")
            self.assertIn(b" 400 ", malformed.recv(1000))
            malformed.shutdown(socket.SHUT_WR)
            while malformed.recv(1000):
                pass
        sample = self.service.ctl("metrics")
        site = sample["sites"][0]
        self.assertEqual([site[key] for key in ("name", "requests", "status_2xx", "status_4xx", "status_5xx")],
                         ["demo", 4, 3, 1, 0])
        self.assertEqual(site["latency"]["total"]["count"], 4)
        backend = sample["backends"][0]
        self.assertEqual([backend[key] for key in ("name", "requests", "errors", "retries", "in_flight")],
                         ["app", 1, 0, 0, 0])
        self.assertEqual([(server["name"], server["requests"]) for server in backend["servers"]], [("a", 1)])
        rcodes = {entry["rcode"]: entry["count"] for entry in sample["dns"]["rcodes"]}
        self.assertEqual(rcodes, {"NOERROR": 1, "NXDOMAIN": 1, "REFUSED": 1})
        zone = sample["zones"][0]
        self.assertEqual([zone[key] for key in ("name", "queries", "udp", "tcp")], ["example.test", 2, 1, 1])
        self.assertEqual(zone["latency"]["total"]["count"], 2)
        process = sample["process"]
        self.assertEqual((process["accepted"], process["open_connections"]), (6, 0))  # one of them asked for a name
        self.assertEqual((process["refused"], process["unrouted"]), (0, 1))
        self.assertGreater(process["rss_bytes"], 1 << 20)
        self.assertGreaterEqual(process["publishes"], 1)

    def follow(self, *arguments):
        """The lines of mainstayctl as they come."""
        process = mainstay.start([mainstay.PROGRAMS / "mainstayctl", *arguments, "--json", "--socket",
                                  self.service.runtime / "control.sock"], stdout=subprocess.PIPE, text=True)

        def end():
            process.kill()
            process.communicate()
        self.addCleanup(end)
        return process.stdout

    def test_subscription_tells_intervals(self):
        lines = self.follow("metrics", "--follow", "--interval", "200ms")
        first = json.loads(lines.readline())
        self.assertEqual((first["interval_ms"], first["sites"][0]["requests"]), (0, 0))
        for _ in range(3):
            mainstay.curl(self.url)
        total = 0
        for _ in range(50):
            sample = json.loads(lines.readline())
            self.assertGreaterEqual(sample["interval_ms"], 150)
            total += sample["sites"][0]["latency"]["interval"]["count"]
            if total >= 3:
                break
        self.assertEqual((total, sample["sites"][0]["requests"]), (3, 3))

    def test_logs_are_followed(self):
        mainstay.curl(self.url + "/before")
        mainstay.wait_until(lambda: "/before" in self.service.ctl_raw("log", "tail", "--access").stdout, "it is logged")
        lines = self.follow("log", "tail", "--access", "--follow", "-n", "1")
        self.assertIn("GET /before HTTP/1.1", json.loads(lines.readline())["text"])
        mainstay.curl(self.url + "/after", "-A", "tester", "-e", "http://from.test/")
        self.assertRegex(json.loads(lines.readline())["text"],
                         r'^127\.0\.0\.1 - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET /after HTTP/1\.1" 404 \d+ '
                         r'"http://from\.test/" "tester"$')
        with mainstay.connect(self.port) as malformed:
            malformed.sendall(b'GET /"forged" HTTP/0.3\r\n\r\n')
            malformed.recv(1000)
        self.assertRegex(json.loads(lines.readline())["text"], r'"GET /\\x22forged\\x22 HTTP/0.3" (400|505) \d+ "-" "-"$')
        events = self.follow("log", "tail", "--follow", "-n", "0")
        self.a.kill()
        event = json.loads(events.readline())
        self.assertIn("backend.app.server.a: down", event["text"])
        self.assertIn("time", event)

    def test_access_log_that_cannot_be_written_is_told(self):
        def is_told():
            return any(problem["path"] == "service.access_log" for problem in self.service.status()["problems"])
        log = self.service.state / "log"
        log.chmod(0o500)
        self.addCleanup(log.chmod, 0o700)
        (log / "access.log").chmod(0o400)
        self.service.signal(signal.SIGHUP)  # it is opened anew
        self.assertEqual(mainstay.curl(self.url).status, 200)
        mainstay.wait_until(is_told, "the status tells")
        (log / "access.log").chmod(0o600)
        mainstay.curl(self.url)
        mainstay.wait_until(lambda: not is_told(), "the status is content")

    def test_configuration_is_shown_as_it_runs(self):
        view = self.service.ctl("config", "get", "backend.app.server.a")
        self.assertEqual(view["config"]["address"], f"127.0.0.1:{self.a.port}")
        self.assertEqual([origin["path"] for origin in view["origins"]], ["backend.app.server.a"])
        self.assertRegex(view["origins"][0]["source"]["file"], r"/mainstay\.toml$")
        for name in "zone.example.test", 'zone."example.test"':
            view = self.service.ctl("config", "get", name)
            self.assertEqual(view["config"]["file"], str(self.service.config / "example.zone"))
            self.assertEqual([origin["path"] for origin in view["origins"]], ['zone."example.test"'])
        whole = self.service.ctl("config", "get")["config"]
        self.assertEqual(sorted(whole), ["app", "backend", "cache", "certificate", "database", "listener", "log", "service", "site", "zone"])
        done = self.service.ctl_raw("config", "get", "backend.nosuch")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("backend.nosuch", done.stderr)


if __name__ == "__main__":
    mainstay.main()
