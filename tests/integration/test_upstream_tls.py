# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers reached by TLS: which are trusted, what is asked of them and shown to them, and what is said of the others."""
import pathlib
import shutil
import tempfile

import http_peers
import mainstay
import tls_peers

OK = http_peers.answering(http_peers.ok())


class UpstreamTls(http_peers.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="mainstay-certificates-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.authority = tls_peers.Authority(self.folder)
        self.good = self.authority.sign("app.test", "DNS:app.test", "IP:127.0.0.1")

    def tls_backend(self, serve=OK, certificate: tuple = None, **options) -> tls_peers.Backend:
        backend = tls_peers.Backend(serve, certificate or self.good, **options)
        self.addCleanup(backend.end)
        return backend

    def serve_tls(self, *ports: int, backend: str = "", more: str = "", server: str = "") -> mainstay.Service:
        """Probes are made once."""
        return self.serve_backend(*ports, backend=f'protocol = "https"\ntls_ca = "{self.authority.pem}"\n'
                                                  f'health_fall = 100\n{backend}',
                                  route=more, server=server)

    def assertRefused(self, port: int, reason: str, backend: str = ""):
        """502, and the reason in events, with the server's place; and in the status, once it is probed."""
        service = self.serve_tls(port, backend=backend, server='state = "maint"')
        toml = (service.config / "mainstay.toml").read_text().replace('state = "maint"', "")
        service.configure(toml)
        service.apply()
        status = self.get().status
        self.assertIn(status, [502, 503])  # if a probe has found it out first
        if status == 502:
            mainstay.wait_until(lambda: f"backend.app.server.s0: a request could not be passed on: {reason}"
                                in service.output(), "the event")
        service.configure(toml.replace('health_interval = "1h"', 'health_interval = "100ms"'))
        service.apply()
        mainstay.wait_until(lambda: reason in (service.server("app/s0").get("last_check_reason") or ""), reason)
        self.assertEqual(self.get().status, 503)

    def test_connections_are_kept_and_names_asked_for(self):
        backend = self.tls_backend()
        self.serve_tls(backend.port, backend='tls_name = "app.test"\nhealth_path = "/health"')
        for _ in range(5):
            self.assertEqual((self.get("/a").status, self.get("/a").body), (200, b"ok\n"))
        self.assertEqual(backend.names, ["app.test"] * 2)  # a probe, and all requests
        requests = [bytes(received) for received in backend.received]
        self.assertEqual(sorted(received.count(b"GET /") for received in requests), [1, 10])

    def test_an_address_has_to_be_in_the_certificate(self):
        backend = self.tls_backend()
        service = self.serve_tls(backend.port)
        self.assertEqual(self.get().status, 200)
        self.assertEqual(set(backend.names), {None})
        self.assertIn("connected", service.server("app/s0")["last_check_reason"])

    def test_sessions_are_resumed(self):
        backend = self.tls_backend(http_peers.answering(http_peers.ok(b"ok\n", "Connection: close"), times=1))
        self.serve_tls(backend.port, backend='health_path = "/health"')
        for _ in range(4):
            self.assertEqual(self.get().status, 200)
        self.assertLessEqual(backend.resumed.count(False), 2)  # each worker keeps what it needs
        self.assertGreaterEqual(backend.resumed.count(True), 2)

    def test_bodies_arrive_as_they_are(self):
        content = bytes(range(256)) * 4000
        backend = self.tls_backend(http_peers.answering(lambda request: http_peers.ok(request.body)))
        self.serve_tls(backend.port)
        peer = self.connect()
        peer.send(f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {len(content)}\r\n\r\n", content)
        self.assertEqual(peer.message().body, content)

    def test_a_certificate_that_has_expired(self):
        backend = self.tls_backend(certificate=self.authority.sign("old.test", "IP:127.0.0.1", days=-1))
        self.assertRefused(backend.port, "its certificate, or one that signed it, has expired")
        self.assertEqual(backend.received, [])

    def test_a_certificate_for_another_name(self):
        backend = self.tls_backend()
        self.assertRefused(backend.port, "its certificate is not for the name other.test", 'tls_name = "other.test"')

    def test_an_authority_that_is_unknown(self):
        stranger = tls_peers.Authority(self.folder, "stranger")
        backend = self.tls_backend(certificate=stranger.sign("strange.test", "IP:127.0.0.1"))
        self.assertRefused(backend.port, "its certificate is signed by no authority that is known here")

    def test_a_server_that_speaks_no_tls(self):
        backend = self.backend(lambda peer: peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"))
        self.assertRefused(backend.port, "it does not speak TLS")

    def test_another_server_is_asked(self):
        bad = self.tls_backend(certificate=self.authority.sign("other.test"))
        good = self.tls_backend()
        self.serve_tls(bad.port, good.port, backend="retry_budget = 0")
        self.assertEqual({self.get(method="POST").status for _ in range(6)}, {200})

    def test_a_server_that_is_not_verified(self):
        stranger = tls_peers.Authority(self.folder, "stranger")
        backend = self.tls_backend(certificate=stranger.sign("strange.test"))
        service = self.serve_backend(backend.port, backend='protocol = "https"\ntls_verify = false')
        self.assertEqual(self.get().status, 200)
        problems = service.ctl("config", "check")["problems"]
        self.assertEqual([(problem["code"], problem["severity"]) for problem in problems],
                         [("backend.unverified", "warning")])

    def test_a_certificate_is_shown(self):
        pem, key = self.authority.sign("proxy.test")
        backend = self.tls_backend(clients=self.authority.pem)
        service = self.serve_tls(backend.port)
        self.assertEqual(self.get().status, 502)
        mainstay.wait_until(lambda: "certificate required" in service.output(), "the event")
        toml = (service.config / "mainstay.toml").read_text()
        service.configure(toml.replace('protocol = "https"', 'protocol = "https"\ntls_certificate = "proxy"') +
                          f'[certificate.proxy]\ncertificate = "{pem}"\nkey = "{key}"\n')
        service.apply()
        self.assertEqual(self.get().status, 200)
        self.assertIn(((("commonName", "proxy.test"),),), backend.subjects)

    def test_the_systems_authorities(self):
        backend = self.tls_backend()
        toml = f"""
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            [site.all]
            hosts = ["*"]
            [[site.all.route]]
            path = "/"
            backend = "app"
            [backend.app]
            protocol = "https"
            health_fall = 100
            [backend.app.server.s0]
            address = "127.0.0.1:{backend.port}"
            """
        trusting, doubting = self.prepare(toml), self.prepare(toml)
        trusting.under = ["env", f"SSL_CERT_FILE={self.authority.pem}"]
        for service, isTrusted in (doubting, False), (trusting, True):
            service.start()
            service.wait_serving()
            self.assertIn(self.get().status, [200] if isTrusted else [502, 503])  # if it has been probed
            service.stop()

    def test_what_is_changed_holds_for_connections_that_rest(self):
        backend = self.tls_backend()
        service = self.serve_tls(backend.port)
        self.assertEqual(self.get().status, 200)
        stranger = tls_peers.Authority(self.folder, "stranger")
        toml = (service.config / "mainstay.toml").read_text()
        service.configure(toml.replace(str(self.authority.pem), str(stranger.pem)))
        service.apply()
        self.assertIn(self.get().status, [502, 503])  # if it has been probed

    def test_files_that_cannot_be_used(self):
        backend = self.tls_backend()
        service = self.serve_tls(backend.port)
        toml = (service.config / "mainstay.toml").read_text()
        line = 1 + toml.split("\n").index(f'tls_ca = "{self.authority.pem}"')
        missing, empty = self.folder / "missing.pem", self.folder / "empty.pem"
        empty.write_text("nothing\n")
        for file, code in (missing, "file.missing"), (empty, "certificate.empty"):
            service.configure(toml.replace(str(self.authority.pem), str(file)))
            problem, = service.ctl("config", "check", ok=False)["problems"]
            self.assertEqual((problem["code"], problem["path"], problem["source"]["line"]),
                             (code, "backend.app.tls_ca", line))
            self.assertIn(str(file), problem["message"])
            service.ctl("config", "apply", ok=False)
            self.assertEqual(self.get().status, 200)

    def test_settings_that_mean_nothing(self):
        service = self.serve_backend(mainstay.free_port())
        toml = (service.config / "mainstay.toml").read_text()
        for setting, code in ('tls_name = "a"', "backend.no-tls"), ("tls_verify = false", "backend.no-tls"), \
                             ('protocol = "https"\ntls_name = "*.a"', "backend.malformed-name"), \
                             (f'protocol = "https"\ntls_verify = false\ntls_ca = "{self.authority.pem}"',
                              "backend.unverified-authorities"):
            with self.subTest(setting):
                service.configure(toml.replace("[backend.app]\n", f"[backend.app]\n{setting}\n"))
                errors = [problem["code"] for problem in service.ctl("config", "check", ok=False)["problems"]
                          if problem["severity"] == "error"]
                self.assertEqual(errors, [code])


if __name__ == "__main__":
    mainstay.main()
