# SPDX-License-Identifier: GPL-3.0-or-later
"""Fifty changes of the configuration under load: no request fails and no connection is closed."""
import signal

import mainstay

CONFIGURATION = """
    [listener.web]
    address = ["127.0.0.1:{port}"]

    [site.demo]
    hosts = ["*"]

    [[site.demo.route]]
    path = "/"
    root = "site"

    [[site.demo.route]]
    path = "/app/"
    backend = "app"
    strip_prefix = true

    [backend.app]
    balance = "{balance}"

    [backend.app.server.a]
    address = "127.0.0.1:{a}"
    """

SECOND_SERVER = """
    [backend.app.server.b]
    address = "127.0.0.1:{b}"

    [site.other]
    hosts = ["other.test"]

    [[site.other.route]]
    path = "/"
    root = "site"
    """


EVERYTHING = """
    [listener.web]
    address = ["127.0.0.1:{web}"]
    idle_timeout = "60s"

    [listener.tls]
    address = ["127.0.0.1:{tls}"]
    protocol = "https"
    default_certificate = "local"

    [listener.dns]
    address = ["127.0.0.1:{dns}"]
    protocol = "dns"

    [certificate.local]
    source = "local"
    names = ["local.test"]

    [site.demo]
    hosts = ["*"]

    [[site.demo.route]]
    path = "/"
    root = "site"

    [[site.demo.route]]
    path = "/app/"
    backend = "app"
    strip_prefix = true

    [site.other]
    hosts = ["other.test"]

    [[site.other.route]]
    path = "/"
    root = "other"

    [backend.app.server.a]
    address = "127.0.0.1:{a}"

    [zone."demo.test"]
    file = "demo.zone"
    """


class Reload(mainstay.TestCase):
    def test_fifty_changes_under_load(self):
        values = {"port": mainstay.free_port(), "a": self.node("a").port, "b": self.node("b").port}
        texts = [CONFIGURATION.format(balance="round_robin", **values) + SECOND_SERVER.format(**values),
                 CONFIGURATION.format(balance="least_connections", **values)]
        service = self.serve(texts[0], {"site/index.html": "hello"})
        url = f"http://127.0.0.1:{values['port']}"
        loads = [self.load(url + "/app/"), self.load(url + "/")]
        clients = mainstay.wait_until(
            lambda: len(now := mainstay.clients_of(values["port"])) == 32 and now, "wrk's connections are open")
        # Each wrk has tried a connection before.
        accepted = mainstay.wait_until(
            lambda: (now := service.ctl("metrics")["process"]["accepted"]) >= 34 and now, "all have been accepted")
        for number in range(50):
            service.configure(texts[(number + 1) % 2])
            self.assertEqual(service.apply()["revision"], number + 2)
        self.assertEqual(mainstay.clients_of(values["port"]), clients)
        self.assertEqual(service.ctl("metrics")["process"]["accepted"], accepted)
        answered = sum(self.assertUnharmed(load).requests for load in loads)
        # Counted once each, whatever revision answered; wrk counts no request that it ends in the middle of.
        counted = service.ctl("metrics")["sites"][0]["requests"]
        self.assertLessEqual(answered, counted)
        self.assertLessEqual(counted, answered + 32)
        log = service.state / "log/access.log"
        # What wrk left in the middle may be counted later than the rest.
        mainstay.wait_until(lambda: log.read_bytes().count(b"\n") == service.ctl("metrics")["sites"][0]["requests"],
                            "the log has a line for each request")
        self.assertEqual(service.status()["problems"], [])

    def test_every_kind_of_change_under_every_kind_of_load(self):
        web, tls, dns, extra = (mainstay.free_port() for _ in range(4))
        nodes = self.node("a"), self.node("b")
        toml = EVERYTHING.format(web=web, tls=tls, dns=dns, a=nodes[0].port)
        zone = "@ 300 SOA ns hostmaster {} 3600 900 86400 300\n@ NS ns\nns A 127.0.0.1\n"
        service = self.serve(toml, {"site/index.html": "hello", "other/index.html": "other", "demo.zone": zone.format(1)})
        changes = [
            lambda text: text + f'\n[listener.extra]\naddress = ["127.0.0.1:{extra}"]\n',
            lambda text: text.replace('root = "site"', 'root = "other"'),
            lambda text: text.replace('"local.test"', '"local.test", "more.test"'),
            lambda text: text.replace('idle_timeout = "60s"', 'idle_timeout = "61s"'),
            lambda text: text.replace('hosts = ["other.test"]', 'hosts = ["other.test", "*.more.test"]'),
            lambda text: text + f'\n[backend.app.server.b]\naddress = "127.0.0.1:{nodes[1].port}"\n',
            lambda text: text.replace('path = "/app/"', 'path = "/app"'),
            lambda text: text.partition("[zone")[0],
        ]
        loads = [self.load(f"http://127.0.0.1:{web}/app/", 8), self.load(f"https://127.0.0.1:{tls}/", 8),
                 self.load(f"http://127.0.0.1:{web}/", 8, "-H", "Connection: close")]
        kept = mainstay.wait_until(lambda: len(now := mainstay.clients_of(tls)) == 8 and now, "wrk's connections are open")
        service.apply()
        handles = []
        for serial in range(2, 6):
            for change in changes:
                service.configure(change(toml))
                service.apply()
            service.write("demo.zone", zone.format(serial))
            service.configure(toml)
            service.apply()
            self.assertIn(f" {serial} ", mainstay.dig(dns, "demo.test", "SOA").answer[0])
            handles.append(service.handles())
        # Sockets, files and pools that were given up are closed, but for those that come and go with the load.
        mainstay.wait_until(lambda: service.handles() < handles[0] + 12, "no handles are left open")
        self.assertEqual(mainstay.clients_of(tls), kept)
        for load in loads:
            self.assertUnharmed(load)

    def test_renamed_listener_fails_no_request(self):
        port = mainstay.free_port()
        toml = CONFIGURATION.format(port=port, balance="round_robin", a=self.node("a").port)
        service = self.serve(toml, {"site/index.html": "hello"})
        loads = [self.load(f"http://127.0.0.1:{port}/", 8), self.load(f"http://127.0.0.1:{port}/app/", 8)]
        mainstay.wait_until(lambda: len(mainstay.clients_of(port)) == 16, "wrk's connections are open")
        for number in range(10):
            service.configure(toml.replace("listener.web", f"listener.web{number}"))
            service.apply()
        for load in loads:
            self.assertUnharmed(load)

    def test_hangup_applies_what_is_on_disk(self):
        old, new = mainstay.free_port(), mainstay.free_port()
        values = {"balance": "round_robin", "a": self.node("a").port}
        service = self.serve(CONFIGURATION.format(port=old, **values), {"site/index.html": "hello"})
        with mainstay.connect(old) as client:
            client.sendall(b"GET /app/slow?ms=1000 HTTP/1.1\r\nHost: a\r\n\r\n")
            mainstay.wait_until(lambda: service.server("app/a")["in_flight"] == 1, "the request is in flight")
            service.configure(CONFIGURATION.format(port=new, **values))
            service.signal(signal.SIGHUP)
            mainstay.wait_until(lambda: mainstay.curl(f"http://127.0.0.1:{new}/").status == 200, "the new port answers")
            mainstay.wait_until(lambda: "connect to" in mainstay.curl(f"http://127.0.0.1:{old}/").error,
                                "the old port is closed")
            self.assertTrue(client.recv(1000).startswith(b"HTTP/1.1 200"))  # what was in flight there


if __name__ == "__main__":
    mainstay.main()
