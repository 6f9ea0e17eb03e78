# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTPS: an authority of the machine's own, certificates from files, the right one for each name, keys kept private."""
import http.client
import ssl
import stat

import mainstay


class Tls(mainstay.TestCase):
    def setUp(self):
        super().setUp()
        self.port = mainstay.free_port()
        self.toml = f"""
            [listener.tls]
            address = ["127.0.0.1:{self.port}"]
            protocol = "https"
            default_certificate = "local"

            [certificate.local]
            source = "local"
            names = ["www.demo.test", "*.wild.test"]

            [certificate.bought]
            certificate = "bought.pem"
            key = "bought.key"

            [site.demo]
            hosts = ["*"]
            certificate = "local"

            [[site.demo.route]]
            path = "/"
            root = "site"

            [site.shop]
            hosts = ["shop.test"]
            certificate = "bought"

            [[site.shop.route]]
            path = "/"
            root = "shop"
            """
        self.service = self.prepare(self.toml, {"site/index.html": "demo", "shop/index.html": "shop"})
        self.buy("shop.test")
        self.service.start()
        self.service.wait_serving()

    def buy(self, name):
        """Another certificate for shop.test in the configuration folder."""
        pem, key = self.service.config / "bought.pem", self.service.config / "bought.key"
        mainstay.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                     "30", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-out", pem, "-keyout", key,
                     check=True)

    def get(self, host, ca):
        return mainstay.curl(f"https://{host}:{self.port}/", "--cacert", str(ca), "--resolve",
                             f"{host}:{self.port}:127.0.0.1")

    def shown(self, *options):
        """What openssl says of the certificate shown."""
        return mainstay.run("openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", *options, input="").stdout

    def names(self, *options):
        text = mainstay.run("openssl", "x509", "-noout", "-ext", "subjectAltName", input=self.shown(*options)).stdout
        return text.splitlines()[-1].strip() if text else ""

    def test_local_authority(self):
        ca = self.service.state / "ca/ca.pem"
        for host in "www.demo.test", "any.wild.test":
            reply = self.get(host, ca)
            self.assertEqual((reply.status, reply.body), (200, b"demo"), reply.error)
        self.assertEqual(self.get("two.labels.wild.test", ca).status, 0)
        self.assertEqual(self.get("www.demo.test", self.service.config / "bought.pem").status, 0)

    def test_name_selects_the_certificate(self):
        self.assertIn("DNS:www.demo.test", self.names("-servername", "www.demo.test"))
        self.assertEqual(self.names("-servername", "shop.test"), "DNS:shop.test")
        self.assertEqual(self.names("-servername", "SHOP.test"), "DNS:shop.test")
        self.assertIn("DNS:www.demo.test", self.names("-servername", "unknown.test"))
        self.assertIn("DNS:www.demo.test", self.names("-noservername"))
        self.assertEqual(self.get("shop.test", self.service.config / "bought.pem").body, b"shop")

    def test_versions_and_protocols(self):
        self.assertIn("TLSv1.3", self.shown("-tls1_3"))
        self.assertIn("TLSv1.2", self.shown("-tls1_2"))
        self.assertIn("Cipher is (NONE)", self.shown("-tls1_1", "-cipher", "ALL:@SECLEVEL=0"))
        self.assertIn("ALPN protocol: http/1.1", self.shown("-alpn", "http/1.1"))

    def test_keys_are_private_and_kept(self):
        keys = [path for path in self.service.state.rglob("*")
                if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
        self.assertGreaterEqual(len(keys), 2)  # the authority's and the certificate's
        for key in keys:
            self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600, key)
        before = self.shown("-servername", "www.demo.test")
        self.service.stop()
        self.service.start()
        self.service.wait_serving()
        after = self.shown("-servername", "www.demo.test")
        pem = slice(before.index("-----BEGIN"), before.index("-----END"))
        self.assertEqual(after[after.index("-----BEGIN"):after.index("-----END")], before[pem])

    def test_renewed_file_is_shown_after_apply(self):
        old = self.shown("-servername", "shop.test")
        self.buy("shop.test")
        self.service.apply()
        self.assertNotEqual(self.shown("-servername", "shop.test").partition("-----END")[0],
                            old.partition("-----END")[0])
        self.assertEqual(self.get("shop.test", self.service.config / "bought.pem").body, b"shop")

    def test_renewed_file_is_shown_by_itself(self):
        """And nothing else happens: the connection that stands goes on, and there is no other revision."""
        self.service.configure('[service]\nlookup_interval = "1s"\n' + self.toml)  # what is outside is looked at as often
        self.service.apply()
        revision = self.service.status()["revision"]
        old = self.shown("-servername", "shop.test").partition("-----END")[0]
        context = ssl._create_unverified_context()
        client = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=mainstay.PATIENCE, context=context)
        self.addCleanup(client.close)
        client.request("GET", "/")
        self.assertEqual(client.getresponse().read(), b"demo")
        kept = client.sock
        (self.service.config / "bought.key").write_text("half of a renewal\n")
        mainstay.wait_until(lambda: self.service.status()["problems"], "what does not fit is told")
        self.assertEqual(self.shown("-servername", "shop.test").partition("-----END")[0], old)
        self.buy("shop.test")
        mainstay.wait_until(lambda: self.shown("-servername", "shop.test").partition("-----END")[0] != old,
                            "the new certificate is shown")
        self.assertEqual(self.get("shop.test", self.service.config / "bought.pem").body, b"shop")
        client.request("GET", "/")
        self.assertEqual(client.getresponse().read(), b"demo")
        self.assertIs(client.sock, kept)
        mainstay.wait_until(lambda: not self.service.status()["problems"], "all is well again")
        self.assertEqual(self.service.status()["revision"], revision)

    def test_certificate_of_another_name_is_told_and_shown(self):
        self.buy("other.test")
        for verb in "check", "apply":
            done = self.service.ctl_raw("config", verb)
            self.assertEqual(done.returncode, 0)
            self.assertRegex(done.stdout + done.stderr, r"site\.shop\.certificate: .*bought\.pem is not for shop\.test")
        problem, = self.service.status()["problems"]
        self.assertEqual((problem["code"], problem["path"]), ("certificate.unnamed-host", "site.shop.certificate"))
        self.assertEqual(self.names("-servername", "shop.test"), "DNS:other.test")
        self.buy("shop.test")
        self.service.apply()
        self.assertEqual(self.service.status()["problems"], [])

    def test_key_of_another_certificate_is_refused(self):
        key = self.service.config / "bought.key"
        mainstay.run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", key, check=True)
        problem, = self.service.ctl("config", "apply", ok=False)["problems"]
        self.assertEqual(problem["path"], "certificate.bought")
        self.assertIn(str(key), problem["message"])
        self.assertEqual(self.names("-servername", "shop.test"), "DNS:shop.test")


if __name__ == "__main__":
    mainstay.main()
