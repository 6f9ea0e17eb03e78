# SPDX-License-Identifier: GPL-3.0-or-later
"""Which route a request takes, and what routes do to it on the way."""
import collections
import json
import subprocess

import http_peers
import mainstay


class Routing(http_peers.TestCase):
    def setUp(self):
        super().setUp()
        self.tls = mainstay.free_port()
        self.node_a = self.node("a")
        self.node_b = self.node("b")
        self.toml = f"""
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            [listener.tls]
            address = ["127.0.0.1:{self.tls}"]
            protocol = "https"
            default_certificate = "local"
            [certificate.local]
            source = "local"
            names = ["secure.test"]

            [site.main]
            hosts = ["www.test"]
            response_headers = ["X-Site: main", "X-Which: site", "-Server"]

            [[site.main.route]]
            path = "/"
            root = "site"
            response_headers = ["Content-Type: text/x-own", "+X-More: 1", "+X-More: 2", "X-Which: route {{path}}"]

            [[site.main.route]]
            path = "/old/"
            redirect = "https://{{host}}/new{{uri}}"
            status = 301

            [[site.main.route]]
            path = "/twice/"
            redirect = "/new{{path}}?old={{path}}"

            [[site.main.route]]
            path = "/user/"
            pattern = "^/user/([0-9]+)/(.*)$"
            redirect = "/people/{{1}}?page={{2}}"

            [[site.main.route]]
            path = "/ping"
            exact = true
            respond = "pong {{client}}"

            [[site.main.route]]
            path = "/gone"
            status = 410

            [[site.main.route]]
            path = "/api/"
            headers = ["X-Beta: yes"]
            backend = "b"
            strip_prefix = true
            request_headers = ["X-Canary: {{host}}", "-User-Agent", "Accept: only/this", "Host: inner.test"]
            response_headers = ["-X-Backend"]

            [[site.main.route]]
            path = "/api/"
            methods = ["GET", "POST"]
            backend = "a"
            rewrite = "/echo?was={{path}}&{{query}}"

            [[site.main.route]]
            path = "/api/"
            status = 405

            [[site.main.route]]
            path = "/pretty/"
            pattern = "^/pretty/(.*)$"
            root = "site"
            rewrite = "/{{1}}.html"

            [[site.main.route]]
            path = "/here"
            clients = ["127.0.0.2"]
            respond = "inside"

            [site.secure]
            hosts = ["secure.test"]
            https_only = true
            response_headers = ["X-Site: secure", "X-Part: of {{1}}"]
            [[site.secure.route]]
            path = "/"
            exact = true
            respond = "secret"

            [backend.a.server.a]
            address = "127.0.0.1:{self.node_a.port}"
            [backend.b.server.b]
            address = "127.0.0.1:{self.node_b.port}"
            """
        self.service = self.serve(self.toml, {"site/index.html": "home", "site/a b.html": "spaced", "site/x.html": "x"})

    def seen(self, path: str, *fields: str, method: str = "GET") -> dict:
        """What the server behind got."""
        return json.loads(self.get(path, *fields, method=method).body)

    def test_answers_without_a_server(self):
        answer = self.get("/ping")
        self.assertEqual((answer.status, answer.body, answer.get("content-type")),
                         (200, b"pong 127.0.0.1", "text/plain; charset=utf-8"))
        self.assertEqual(self.get("/ping", method="HEAD").get("content-length"), str(len("pong 127.0.0.1")))
        self.assertEqual(self.get("/ping/more").status, 404)
        self.assertEqual(self.get("/gone/for/good").status, 410)
        self.assertEqual(self.get("/gone").get("x-site"), "main")

    def test_redirects(self):
        answer = self.get("/old/a%20b/%0d%0aX-Evil:1?q=%20&r")
        self.assertEqual((answer.status, answer.get("location")),
                         (301, "https://www.test/new/old/a%20b/%0D%0AX-Evil:1?q=%20&r"))
        answer = self.get("/user/12/a%0d%0aSet-Cookie:%20x")
        self.assertEqual((answer.status, answer.get("location")), (302, "/people/12?page=a%0D%0ASet-Cookie:%20x"))
        self.assertIsNone(answer.get("set-cookie"))
        self.assertEqual(self.get("/user/none/x").status, 404)

    def test_conditions(self):
        self.assertEqual(self.get("/api/status?code=204", "X-Beta: yes").status, 204)
        self.assertEqual(self.seen("/api/x", "X-Beta: no")["name"], "a")
        self.assertEqual(self.get("/api/x", method="DELETE").status, 405)
        self.assertEqual(self.get("/here").status, 404)  # goes on to "/", where there is no such file
        inside = mainstay.curl(f"{self.url}/here", "--interface", "127.0.0.2", "-H", "Host: www.test")
        self.assertEqual(inside.body, b"inside")

    def test_what_a_server_gets(self):
        seen = self.seen("/api/x%2Fy%20z?a=1")
        self.assertEqual(seen["url"], "/echo?was=/api/x/y%20z&a=1")
        b = json.loads(self.get("/api/../api/echo", "X-Beta: yes", "User-Agent: me", "Accept: a", "Accept: b",
                                "X_Canary: forged", "x_canary: forged", "User_Agent: forged").body)
        fields = [(name.lower().replace("_", "-"), value) for name, value in b["headers"]]
        self.assertEqual([value for name, value in fields if name in ("x-canary", "accept", "host", "user-agent")],
                         ["www.test", "only/this", "inner.test"])

    def test_what_the_client_gets(self):
        answer = self.get("/index.html")
        self.assertEqual((answer.body, answer.all("content-type"), answer.all("x-more"), answer.all("x-site"),
                          answer.all("x-which")),
                         (b"home", ["text/x-own"], ["1", "2"], ["main"], ["route /index.html"]))
        self.assertEqual(self.get("/api/x").get("x-backend"), "a")
        answer = self.get("/api/x", "X-Beta: yes")
        self.assertEqual((answer.body, answer.get("x-backend"), answer.get("x-site")), (b"b\n", None, "main"))
        self.assertEqual(self.get("/nothing").get("content-type"), "text/x-own")

    def test_rewritten_files(self):
        self.assertEqual(self.get("/pretty/a%20b").body, b"spaced")
        self.assertEqual(self.get("/pretty/x").body, b"x")
        self.assertEqual(self.get("/pretty/../index").status, 404)
        self.assertEqual(self.get("/pretty/none").status, 404)

    def test_https_only(self):
        answer = self.get("/a?b", host="secure.test")
        self.assertEqual((answer.status, answer.get("location")), (308, f"https://secure.test:{self.tls}/a?b"))
        self.assertIsNone(answer.get("strict-transport-security"))
        reply = mainstay.curl(f"https://secure.test:{self.tls}/", "--cacert", str(self.service.state / "ca/ca.pem"),
                              "--resolve", f"secure.test:{self.tls}:127.0.0.1")
        self.assertEqual((reply.body, reply.headers["strict-transport-security"]), (b"secret", "max-age=31536000"))
        reply = mainstay.curl(f"https://secure.test:{self.tls}/none", "--cacert", str(self.service.state / "ca/ca.pem"),
                              "--resolve", f"secure.test:{self.tls}:127.0.0.1")
        self.assertEqual((reply.status, reply.headers["strict-transport-security"], reply.headers["x-site"],
                          reply.headers["x-part"]), (404, "max-age=31536000", "secure", "of"))

    def test_a_location_too_long_for_a_head(self):
        """Nothing of it is sent, nor anything behind it, and the connection ends."""
        for host, path in ("secure.test", "/" + "[" * 22_000), ("www.test", "/twice/" + "[" * 12_000):
            with mainstay.connect(self.port) as client:
                client.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                answer = b""
                while part := client.recv(65536):
                    answer += part
            head, _, body = answer.partition(b"\r\n\r\n")
            self.assertTrue(head.startswith(b"HTTP/1.1 414 "), head)
            self.assertIn(b"\r\nContent-Length: 0\r\n", head)
            self.assertEqual(body, b"")

    def test_a_canary_for_some_clients(self):
        self.service.configure(self.toml.replace('headers = ["X-Beta: yes"]', "share = 30"))
        self.service.apply()
        names = {}
        for last in range(2, 102):
            out = subprocess.run(["curl", "-s", "--interface", f"127.0.0.{last}", "-H", "Host: www.test",
                                  f"{self.url}/api/who", f"{self.url}/api/who"], capture_output=True, text=True).stdout
            canary = out.count("b\n")
            self.assertIn(canary, (0, 2), out)  # a client stays on its side
            names[last] = canary
        self.assertTrue(15 < sum(count == 2 for count in names.values()) < 45, names)

    def test_two_canaries(self):
        """Each gets its share of the clients, not both the same ones."""
        canary = self.toml.partition("[[site.main.route]]\n            path = \"/api/\"")
        self.service.configure(canary[0] + """
            [[site.main.route]]
            path = "/api/"
            share = 30
            respond = "first"
            [[site.main.route]]
            path = "/api/"
            share = 30
            respond = "second"
            """ + canary[1] + canary[2].replace('headers = ["X-Beta: yes"]', "share = 50"))
        self.service.apply()
        answers = collections.Counter(
            subprocess.run(["curl", "-s", "--interface", f"127.0.0.{last}", "-H", "Host: www.test", f"{self.url}/api/who"],
                           capture_output=True, text=True).stdout[:6] for last in range(2, 202))
        self.assertEqual(set(answers), {"first", "second", "{\"name", "b\n"})
        self.assertTrue(40 < answers["first"] < 80 and 22 < answers["second"] < 62, answers)

    def test_mistakes_are_told(self):
        for change, code in [
                ('pattern = "^/user/([0-9]+)/(.*)$"', 'pattern = "("'),
                ("{uri}", "{urI}"), ("{uri}", "{port}"),
                ("status = 301", "status = 200"), ("status = 410", "status = 302"),
                ('"-User-Agent"', '"-Content-Length"'), ('"-User-Agent"', '"Bad Name: x"'),
                ('clients = ["127.0.0.2"]', 'clients = ["127.0.0.2/8"]'),
                ('methods = ["GET", "POST"]', 'methods = ["get"]'),
                ('exact = true', 'exact = true\nbackend = "a"')]:
            with self.subTest(code):
                self.assertIn(change, self.toml)
                self.service.configure(self.toml.replace(change, code))
                self.service.ctl("config", "apply", ok=False)
        self.assertEqual(self.get("/ping").status, 200)


if __name__ == "__main__":
    mainstay.main()
