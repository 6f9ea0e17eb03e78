# SPDX-License-Identifier: GPL-3.0-or-later
"""What TLS settles with each client: its own certificate, the kind of key, OCSP, resumption."""
import pathlib
import re

import mainstay

PROTECTED = """
    [site.{name}]
    hosts = ["{name}.test", "*.{name}.test"]
    client_authorities = "{authority}.pem"
    client_certificate = "{demand}"
    response_headers = ["Who: {{client_subject}}", "Print: {{client_fingerprint}}"]
    [[site.{name}.route]]
    path = "/"
    respond = "{name}"
    """


class TlsClients(mainstay.TestCase):
    def setUp(self):
        super().setUp()
        self.port, self.plain = mainstay.free_port(), mainstay.free_port()
        toml = f"""
            [listener.tls]
            address = ["127.0.0.1:{self.port}"]
            protocol = "https"
            default_certificate = "main"
            [listener.web]
            address = ["127.0.0.1:{self.plain}"]
            [certificate.main]
            certificate = "ec.pem"
            key = "ec.key"
            ocsp = "ec.ocsp"
            alternative = "rsa"
            [certificate.rsa]
            certificate = "rsa.pem"
            key = "rsa.key"
            [site.open]
            hosts = ["open.test"]
            [[site.open.route]]
            path = "/"
            respond = "open"
            """
        for name, authority, demand in (("staff", "ours", "required"), ("guests", "ours", "optional"),
                                        ("partners", "theirs", "required")):
            toml += PROTECTED.format(name=name, authority=authority, demand=demand)
        self.service = self.prepare(toml)
        self.folder = self.service.config
        for authority in "ours", "theirs", "issuer":
            self.make(authority, "ec", None)
        self.make("anna", "ec", "ours")
        self.make("eve", "ec", "theirs")
        self.make("ec", "ec", "issuer")
        self.make("rsa", "rsa", "issuer")
        self.staple("ec")
        self.service.start()
        self.service.wait_serving()

    def openssl(self, *arguments, **options):
        return mainstay.run("openssl", *arguments, cwd=self.folder, **options)

    def make(self, name, kind, signer):
        """NAME.pem and NAME.key; for the names of the service's sites."""
        key = ["-newkey", "rsa:2048"] if kind == "rsa" else ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        alternatives = "DNS:open.test,DNS:staff.test,DNS:a.staff.test,DNS:b.a.staff.test,DNS:guests.test,DNS:partners.test"
        usage = ["-addext", f"subjectAltName={alternatives}"] if signer == "issuer" else []
        signing = ["-CA", f"{signer}.pem", "-CAkey", f"{signer}.key", "-addext", "basicConstraints=CA:FALSE"] if signer else []
        self.openssl("req", "-x509", *key, "-nodes", "-days", "30", "-subj", f"/O=Test/CN={name}", *usage, *signing,
                     "-out", f"{name}.pem", "-keyout", f"{name}.key", check=True)
        if signer == "issuer":
            with open(self.folder / f"{name}.pem", "a") as chain:
                chain.write((self.folder / "issuer.pem").read_text())

    def staple(self, name):
        """NAME.ocsp: what the issuer says of it."""
        text = self.openssl("x509", "-in", f"{name}.pem", "-noout", "-serial", "-subject", "-nameopt", "compat").stdout
        serial, subject = text.partition("serial=")[2].split()[0], text.partition("subject=")[2].strip()
        (self.folder / "index.txt").write_text(f"V\t491231235959Z\t\t{serial}\tunknown\t{subject}\n")
        self.openssl("ocsp", "-index", "index.txt", "-CA", "issuer.pem", "-rsigner", "issuer.pem", "-rkey", "issuer.key",
                     "-issuer", "issuer.pem", "-cert", f"{name}.pem", "-ndays", "7", "-respout", f"{name}.ocsp", check=True)

    def get(self, host, *options, client=None, connect_as=None):
        shown = ["--cert", self.folder / f"{client}.pem", "--key", self.folder / f"{client}.key"] if client else []
        return mainstay.curl(f"https://{connect_as or host}:{self.port}/", "--cacert", str(self.folder / "issuer.pem"),
                             "--resolve", f"{connect_as or host}:{self.port}:127.0.0.1", "-H", f"Host: {host}",
                             *map(str, shown), *options)

    def talk(self, host, *options, path="/"):
        """What openssl shows of one request."""
        request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        return self.openssl("s_client", "-connect", f"127.0.0.1:{self.port}", "-servername", host, "-ign_eof", *options,
                            input=request).stdout

    def test_required_certificate(self):
        for version in "--http1.1", "--http2":
            reply = self.get("staff.test", version, client="anna")
            self.assertEqual((reply.status, reply.body), (200, b"staff"), reply.error)
            self.assertEqual(reply.headers["who"], "CN=anna,O=Test")
            self.assertEqual(self.get("staff.test", version).status, 403)
            for host in "a.staff.test", "b.a.staff.test":
                self.assertEqual(self.get(host, version, client="anna").body, b"staff", host)
            self.assertEqual(self.get("staff.test", version, client="eve").status, 0)
            self.assertEqual(self.get("open.test", version).status, 200)
        printed = self.openssl("x509", "-in", "anna.pem", "-noout", "-fingerprint", "-sha256").stdout
        self.assertEqual(reply.headers["print"], printed.partition("=")[2].strip().replace(":", "").lower())
        self.assertEqual(mainstay.curl(f"http://127.0.0.1:{self.plain}/", "-H", "Host: staff.test").status, 403)

    def test_optional_certificate(self):
        self.assertEqual(self.get("guests.test").headers.get("who"), "")
        self.assertEqual(self.get("guests.test", client="anna").headers["who"], "CN=anna,O=Test")
        self.assertEqual(self.get("guests.test", client="eve").status, 0)

    def test_no_way_around(self):
        """Neither another name in the handshake nor a session of another site opens a protected one."""
        for version in "--http1.1", "--http2":
            self.assertEqual(self.get("staff.test", version, connect_as="open.test").status, 421)
            self.assertEqual(self.get("partners.test", version, client="anna", connect_as="staff.test").status, 421)
        for version in "-tls1_2", "-tls1_3":
            self.talk("open.test", version, "-sess_out", "open.session")
            answer = self.talk("staff.test", version, "-sess_in", "open.session")
            self.assertIn("HTTP/1.1 403", answer)
            self.talk("staff.test", version, "-cert", "anna.pem", "-key", "anna.key", "-sess_out", "staff.session")
            answer = self.talk("partners.test", version, "-sess_in", "staff.session")
            self.assertNotIn("Reused", answer)
            self.assertIn("HTTP/1.1 403", answer)
            again = self.talk("staff.test", version, "-sess_in", "staff.session")
            self.assertIn("Reused", again)
            self.assertIn("HTTP/1.1 200", again)
            self.assertIn("Who: CN=anna,O=Test", again)

    def test_both_kinds_of_key(self):
        self.assertIn("id-ecPublicKey", self.certificate("open.test"))
        self.assertIn("rsaEncryption", self.certificate("open.test", "-tls1_3", "-sigalgs", "rsa_pss_rsae_sha256"))
        self.assertIn("rsaEncryption", self.certificate("open.test", "-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"))

    def certificate(self, host, *options):
        return self.openssl("x509", "-noout", "-text", input=self.talk(host, *options)).stdout

    def test_stapled_response(self):
        self.assertIn("OCSP Response Status: successful", self.talk("open.test", "-status"))
        self.assertIn("no response sent", self.talk("open.test", "-status", "-sigalgs", "rsa_pss_rsae_sha256"))
        (self.folder / "ec.ocsp").write_bytes(b"nothing of the kind")
        problem, = self.service.ctl("config", "apply", ok=False)["problems"]
        self.assertEqual((problem["path"], problem["code"]), ("certificate.main", "certificate.ocsp-malformed"))
        self.staple("rsa")  # about another certificate
        (self.folder / "rsa.ocsp").rename(self.folder / "ec.ocsp")
        problem, = self.service.ctl("config", "apply", ok=False)["problems"]
        self.assertEqual(problem["code"], "certificate.ocsp-malformed")
        self.assertIn("OCSP Response Status: successful", self.talk("open.test", "-status"))

    def test_alternative_of_the_same_kind(self):
        self.make("rsa", "ec", "issuer")
        problem, = self.service.ctl("config", "apply", ok=False)["problems"]
        self.assertEqual((problem["path"], problem["code"]), ("certificate.main", "certificate.alike"))

    def test_authorities_that_cannot_be_read(self):
        (self.folder / "ours.pem").write_text("no certificate")
        problems = self.service.ctl("config", "apply", ok=False)["problems"]
        self.assertEqual({problem["path"] for problem in problems},
                         {"site.staff.client_authorities", "site.guests.client_authorities"})
        self.assertEqual(self.get("staff.test", client="anna").status, 200)

    def test_authorities_that_change(self):
        (self.folder / "ours.pem").write_bytes((self.folder / "theirs.pem").read_bytes())
        self.service.apply()
        self.assertEqual(self.get("staff.test", client="anna").status, 0)
        self.assertEqual(self.get("staff.test", client="eve").headers["who"], "CN=eve,O=Test")


if __name__ == "__main__":
    mainstay.main()
