# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom a site answers, how often, and after what proof."""
import collections
import crypt
import json
import re
import subprocess
import threading
import time

import http_peers
import mainstay
from http_peers import answering, ok

PROXY = ["--interface", "127.0.0.2"]


class TestCase(http_peers.TestCase):
    def setUp(self):
        super().setUp()
        self.node_a = self.node("a")

    def protect(self, site: str = "", routes: str = "", listener: str = "", files: dict = {}, more: str = ""):
        """A site that passes all on to a server that tells what it got, but for what the routes say."""
        self.toml = (f'[listener.web]\naddress = ["127.0.0.1:{self.port}"]\n{listener}\n'
                     f'[site.main]\nhosts = ["*"]\n{site}\n{routes}\n'
                     f'[[site.main.route]]\npath = "/"\nbackend = "a"\nforwarded = true\n'
                     f'[backend.a.server.a]\naddress = "127.0.0.1:{self.node_a.port}"\n{more}\n')
        self.service = self.serve(self.toml, files)

    def curl(self, path: str = "/echo", *options: str, seconds: float = mainstay.PATIENCE) -> mainstay.Reply:
        return mainstay.curl(self.url + path, *options, seconds=seconds)

    def statuses(self, count: int, path: str = "/", *options: str) -> collections.Counter:
        """Of so many requests, each over a connection of its own."""
        return collections.Counter(self.curl(path, *options).status for _ in range(count))

    def seen(self, *options: str, path: str = "/echo") -> dict:
        """What the server got: the fields by name, each joined with "; "."""
        fields = {}
        for name, value in json.loads(self.curl(path, *options).body)["headers"]:
            fields[name.lower()] = "; ".join([fields[name.lower()], value] if name.lower() in fields else [value])
        return fields

    def log(self, lines: int) -> list:
        path = self.service.state / "log/access.log"
        return mainstay.wait_until(lambda: path.exists() and len(found := path.read_text().splitlines()) >= lines and found,
                                   f"{lines} lines in the access log")

    def metrics(self) -> dict:
        return self.service.ctl("metrics")["sites"][0]


class Proxies(TestCase):
    LISTENER = 'trusted_proxies = ["127.0.0.2", "10.0.0.0/8", "2001:db8::/32"]'
    ROUTES = '[[site.main.route]]\npath = "/here"\nclients = ["192.0.2.0/24"]\nrespond = "{client} by {scheme}"\n'

    def test_who_the_client_is(self):
        self.protect(listener=self.LISTENER, routes=self.ROUTES)
        for said, client in (("192.0.2.7", "192.0.2.7"), ("6.6.6.6, 192.0.2.7", "192.0.2.7"),
                             ("6.6.6.6, 192.0.2.7:4711, 10.1.1.1", "192.0.2.7"), ("10.1.1.1,10.2.2.2", "10.1.1.1"),
                             ("2001:4::1, [2001:db8::1]:80", "2001:4::1"), ("6.6.6.6, unknown", "127.0.0.2"),
                             ("6.6.6.6, _hidden, 10.1.1.1", "10.1.1.1"), ("6.6.6.6, 10.0.0.256", "127.0.0.2"), (",,,", "127.0.0.2"),
                             ("6.6.6.6," + ",".join(["10.0.0.1"] * 1000), "10.0.0.1")):
            with self.subTest(said):
                seen = self.seen(*PROXY, "-H", f"X-Forwarded-For: {said}", "-H", "X-Forwarded-Proto: https",
                                 "-H", "Forwarded: for=6.6.6.6", "-H", "X-Real-IP: 6.6.6.6", "-H", "X_Forwarded_For: 6.6.6.6")
                node = f'"[{client}]"' if ":" in client else client
                self.assertEqual((seen["x-forwarded-for"], seen["x-forwarded-proto"], seen["forwarded"]),
                                 (client, "https", f'for={node};host="127.0.0.1:{self.port}";proto=https'))
                self.assertNotIn("6.6.6.6", json.dumps(seen))
        # Two fields are one list.
        self.assertEqual(self.seen(*PROXY, "-H", "X-Forwarded-For: 192.0.2.9", "-H", "X-Forwarded-For: 10.0.0.1")
                         ["x-forwarded-for"], "192.0.2.9")
        self.assertEqual(self.seen(*PROXY)["x-forwarded-for"], "127.0.0.2")
        # Of whom nobody vouches for, nothing is believed.
        seen = self.seen("-H", "X-Forwarded-For: 192.0.2.7", "-H", "X-Forwarded-Proto: https", "-H", "Forwarded: for=192.0.2.7")
        self.assertEqual((seen["x-forwarded-for"], seen["x-forwarded-proto"], seen["forwarded"]),
                         ("127.0.0.1", "http", f'for=127.0.0.1;host="127.0.0.1:{self.port}";proto=http'))

    def test_what_was_asked_for(self):
        self.protect(listener=self.LISTENER, routes="""
            [[site.main.route]]
            path = "/fixed"
            backend = "a"
            rewrite = "/echo"
            request_headers = ["X-Forwarded-Port: 443"]
            """)
        names = "x-forwarded-host", "x-forwarded-port", "forwarded"
        own = f"127.0.0.1:{self.port}"
        said = ["-H", "X-Forwarded-Host: www.test", "-H", "X-Forwarded-Port: 8443", "-H", "Forwarded: for=6.6.6.6;host=evil"]
        for http2 in [], ["--http2-prior-knowledge"]:
            with self.subTest(http2):
                seen = self.seen(*http2, *PROXY, *said)
                self.assertEqual([seen.get(name) for name in names],
                                 ["www.test", "8443", 'for=127.0.0.2;host="www.test";proto=http'])
                self.assertEqual(seen["host"], own)
                # Of whom nobody vouches for, nothing is believed.
                seen = self.seen(*http2, *said)
                self.assertEqual([seen.get(name) for name in names], [own, None, f'for=127.0.0.1;host="{own}";proto=http'])
        self.assertEqual(self.seen(*PROXY, *said, path="/fixed")["x-forwarded-port"], "443")

    def test_routes_and_the_log_go_by_it(self):
        self.protect(listener=self.LISTENER, routes=self.ROUTES)
        for http2 in [], ["--http2-prior-knowledge"]:
            with self.subTest(http2):
                answer = self.curl("/here", *http2, *PROXY, "-H", "X-Forwarded-For: 192.0.2.7", "-H", "X-Forwarded-Proto: https")
                self.assertEqual(answer.body, b"192.0.2.7 by https")
                self.assertEqual(self.curl("/here", *http2, "-H", "X-Forwarded-For: 192.0.2.7").body, b"a\n")
        self.assertEqual(sorted(line.split()[0] for line in self.log(4)), ["127.0.0.1"] * 2 + ["192.0.2.7"] * 2)

    def test_forwarded(self):
        self.protect(listener=self.LISTENER + '\nproxy_headers = "forwarded"', routes=self.ROUTES)
        for said, client, scheme in (('for=192.0.2.7;proto=https', "192.0.2.7", "https"),
                                     ('for=6.6.6.6, For="192.0.2.7:80" ; PROTO=HTTPS;host="a,b", for="[2001:db8::1]"', "192.0.2.7", "https"),
                                     ('for="192.0.2.7;proto=https', "127.0.0.2", "http"),
                                     ('for=6.6.6.6, for=_hidden;proto=https', "127.0.0.2", "https"),
                                     ('for=6.6.6.6;for=192.0.2.7', "127.0.0.2", "http")):
            with self.subTest(said):
                seen = self.seen(*PROXY, "-H", f"Forwarded: {said}", "-H", "X-Forwarded-For: 6.6.6.6")
                self.assertEqual((seen["x-forwarded-for"], seen["x-forwarded-proto"]), (client, scheme))
        for said, host in (("for=192.0.2.7;host=www.test", "www.test"), ('for=192.0.2.7;host="[::1]:80", for=10.0.0.1', "[::1]:80"),
                           ("for=6.6.6.6;host=evil, for=192.0.2.7", None), ('for=192.0.2.7;host="a,b"', None)):
            with self.subTest(said):
                seen = self.seen(*PROXY, "-H", f"Forwarded: {said}", "-H", "X-Forwarded-Host: evil", "-H", "X-Forwarded-Port: 1")
                self.assertEqual(seen["x-forwarded-host"], host or f"127.0.0.1:{self.port}")
                self.assertNotIn("x-forwarded-port", seen)

    def test_https_that_ends_at_the_proxy(self):
        self.protect(listener=self.LISTENER, site="https_only = true", more=f"""
            [listener.tls]
            address = ["127.0.0.1:{mainstay.free_port()}"]
            protocol = "https"
            default_certificate = "local"
            [certificate.local]
            source = "local"
            names = ["www.test"]""")
        self.assertEqual(self.curl().status, 308)
        self.assertEqual(self.curl("/echo", "-H", "X-Forwarded-Proto: https").status, 308)
        self.assertEqual(self.curl("/echo", *PROXY, "-H", "X-Forwarded-Proto: https").status, 200)
        self.assertEqual(self.curl("/echo", *PROXY, "-H", "X-Forwarded-Proto: https, http").status, 308)


class Access(TestCase):
    def test_networks(self):
        self.protect(site='deny = ["127.0.0.3"]', routes="""
            [[site.main.route]]
            path = "/inside"
            allow = ["127.0.0.2", "127.0.0.3"]
            deny = ["127.0.0.3"]
            respond = "in"
            [[site.main.route]]
            path = "/open"
            public = true
            respond = "open"
            """)
        for last, answers in (("1", (200, 403, 200)), ("2", (200, 200, 200)), ("3", (403, 403, 200))):
            for http2 in [], ["--http2-prior-knowledge"]:
                with self.subTest(last, http2=http2):
                    got = tuple(self.curl(path, "--interface", f"127.0.0.{last}", *http2).status
                                for path in ("/", "/inside", "/open"))
                    self.assertEqual(got, answers)
        self.assertEqual(self.metrics()["denied"], 6)
        answer = self.ask("POST /inside HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n")  # whose body never comes
        self.assertEqual((answer.status, answer.get("connection")), (403, "close"))

    def test_request_ids(self):
        self.protect(site="request_id = true", listener='trusted_proxies = ["127.0.0.2"]', routes="""
            [[site.main.route]]
            path = "/own"
            respond = "{request_id}"
            [[site.main.route]]
            path = "/files"
            root = "site"
            """, files={"site/files/x.txt": "x"})
        ids = []
        for path, options in (("/echo", []), ("/echo", ["-H", "X-Request-ID: made-up", "-H", "X_Request_ID: made-up"]),
                              ("/echo", [*PROXY, "-H", "X-Request-ID: bad id"]), ("/echo", [*PROXY, "-H", f"X-Request-ID: {'x' * 129}"])):
            answer = self.curl(path, *options)
            fields = [value for name, value in json.loads(answer.body)["headers"] if name.lower().replace("_", "-") == "x-request-id"]
            self.assertEqual(fields, [answer.headers["x-request-id"]])
            self.assertRegex(fields[0], "^[0-9a-f]{32}$")
            ids += fields
        answer = self.curl("/own", *PROXY, "-H", "X-Request-ID: from-the-proxy:1")
        self.assertEqual((answer.body, answer.headers["x-request-id"]), (b"from-the-proxy:1", "from-the-proxy:1"))
        ids += ["from-the-proxy:1", self.curl("/files/x.txt").headers["x-request-id"],
                self.curl("/files/none").headers["x-request-id"]]
        self.assertEqual(len(set(ids)), 7)
        # Each worker writes its lines when it has time to.
        self.assertEqual({re.search(r' "([^"]*)"$', line)[1] for line in self.log(7)}, set(ids))

    def test_pages_of_other_origins(self):
        target = self.backend(answering(ok(b"shared\n", "Access-Control-Allow-Origin: https://wrong.test", "Vary: Accept")))
        self.protect(routes=f"""
            [[site.main.route]]
            path = "/api"
            backend = "shared"
            cors_origins = ["https://app.test", "https://*.app.test"]
            cors_methods = ["GET", "PUT"]
            cors_headers = ["X-Token", "Content-Type"]
            cors_expose = ["X-Total"]
            cors_credentials = true
            cors_max_age = "10m"
            allow = ["127.0.0.1"]
            [[site.main.route]]
            path = "/all"
            respond = "all"
            cors_origins = ["*"]
            cors_headers = ["*"]
            """, more=f'[backend.shared.server.a]\naddress = "127.0.0.1:{target.port}"')
        for origin in "https://app.test", "https://a.b.app.test":
            answer = self.get("/api", f"Origin: {origin}")
            self.assertEqual((answer.body, answer.all("access-control-allow-origin"), answer.get("access-control-allow-credentials"),
                              answer.get("access-control-expose-headers"), sorted(answer.all("vary"))),
                             (b"shared\n", [origin], "true", "X-Total", ["Accept", "Origin"]))
        for origin in ["https://evil.test", "https://app.test.evil.test", "http://app.test", "https://evil.test/.app.test",
                       "https://.app.test", "null"]:
            answer = self.get("/api", f"Origin: {origin}")
            self.assertEqual((answer.status, answer.all("access-control-allow-origin"), sorted(answer.all("vary"))),
                             (200, [], ["Accept", "Origin"]), origin)
        self.assertEqual(self.get("/api").all("access-control-allow-origin"), [])

        preflight = ["Origin: https://app.test", "Access-Control-Request-Method: PUT"]
        before = len(target.received)
        answer = self.get("/api", *preflight, method="OPTIONS")
        self.assertEqual((answer.status, answer.get("access-control-allow-origin"), answer.get("access-control-allow-methods"),
                          answer.get("access-control-allow-headers"), answer.get("access-control-max-age")),
                         (204, "https://app.test", "GET, PUT", "X-Token, Content-Type", "600"))
        self.assertEqual(self.get("/api", "Origin: https://evil.test", preflight[1], method="OPTIONS").status, 403)
        self.assertEqual(len(target.received), before)
        self.assertEqual(self.get("/api", preflight[0], method="OPTIONS").body, b"shared\n")  # is no preflight request
        answer = self.get("/all", *preflight, "Access-Control-Request-Headers: x-a, x-b, \"", method="OPTIONS")
        self.assertEqual((answer.status, answer.get("access-control-allow-origin"), answer.get("access-control-allow-headers")),
                         (204, "*", "x-a, x-b"))
        self.assertEqual(self.get("/all").all("access-control-allow-origin"), ["*"])
        # The page is to see why it gets nothing.
        refused = self.curl("/api", "--interface", "127.0.0.2", "-H", preflight[0])
        self.assertEqual((refused.status, refused.headers["access-control-allow-origin"]), (403, "https://app.test"))


class Limits(TestCase):
    def test_rates_hold_over_all_workers(self):
        self.protect(site='rate_limits = ["12/h"]', routes="""
            [[site.main.route]]
            path = "/few"
            respond = "few"
            rate_limits = ["60/h burst 3"]
            """, more="[service]\nworkers = 4\n")
        self.assertEqual(self.statuses(5, "/few"), {200: 3, 429: 2})
        answer = self.curl("/few", "--http2-prior-knowledge")
        self.assertEqual(answer.status, 429)
        self.assertTrue(0 < int(answer.headers["retry-after"]) <= 60)
        # All six counted for the site, which has six left.
        self.assertEqual(self.statuses(10), {200: 6, 429: 4})
        self.assertTrue(240 < int(self.curl("/").headers["retry-after"]) <= 300)
        self.assertEqual(self.metrics()["limited"], 3 + 5)
        self.assertEqual(self.statuses(3, "/", "--interface", "127.0.0.2"), {200: 3})
        # What has been counted still counts after a change of something else.
        self.service.configure(self.toml.replace("respond = \"few\"", "respond = \"other\""))
        self.service.apply()
        self.assertEqual(self.statuses(2), {429: 2})

    def test_rates_recover(self):
        self.protect(site='rate_limits = ["1/s burst 2"]')
        self.assertEqual(self.ask_many(20), {200: 2, 429: 18})
        time.sleep(1.1)
        self.assertEqual(self.ask_many(20)[200], 1)

    def ask_many(self, count: int) -> collections.Counter:
        """Over one connection, as fast as can be."""
        peer = self.connect()
        peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n" * count)
        statuses = collections.Counter(peer.message().status for _ in range(count))
        peer.close()
        return statuses

    def test_rates_by_header_and_cookie(self):
        self.protect(routes="""
            [[site.main.route]]
            path = "/key"
            respond = "key"
            rate_limits = ["2/h by header X-Key"]
            [[site.main.route]]
            path = "/cookie"
            respond = "cookie"
            rate_limits = ["2/h by cookie id"]
            """)
        for path, field in (("/key", "X-Key: {}"), ("/cookie", "Cookie: other=x; id={}; id2=y")):
            for value in "one", "two":
                self.assertEqual(self.statuses(3, path, "-H", field.format(value)), {200: 2, 429: 1})
            # Without it, the address counts.
            self.assertEqual(self.statuses(3, path), {200: 2, 429: 1})
            self.assertEqual(self.statuses(1, path, "-H", "Cookie: xid=1; ;; id", "--interface", "127.0.0.2"), {200: 1})

    def test_behind_a_proxy_its_clients_count(self):
        self.protect(site='rate_limits = ["2/h"]', listener='trusted_proxies = ["127.0.0.2"]\nclient_connections = 1')
        for client in "192.0.2.1", "192.0.2.2", "2001:db8:0:1::1":
            self.assertEqual(self.statuses(3, "/", *PROXY, "-H", f"X-Forwarded-For: {client}"), {200: 2, 429: 1}, client)
        # One client of IPv6 has a whole network.
        self.assertEqual(self.statuses(1, "/", *PROXY, "-H", "X-Forwarded-For: 2001:db8:0:1:ffff::1"), {429: 1})
        self.assertEqual(self.statuses(1, "/", *PROXY, "-H", "X-Forwarded-For: 2001:db8:0:2::1"), {200: 1})

    def test_requests_under_way(self):
        self.protect(routes="""
            [[site.main.route]]
            path = "/slow"
            backend = "a"
            client_requests = 2
            """)
        answers = []
        ask = lambda: answers.append(self.curl("/slow?ms=1500").status)
        threads = [threading.Thread(target=ask) for _ in range(2)]
        for thread in threads:
            thread.start()
        mainstay.wait_until(lambda: self.node_a.count()["requests"] == 2, "both are under way")
        answer = self.curl("/slow?ms=0")
        self.assertEqual((answer.status, answer.headers["retry-after"]), (429, "1"))
        self.assertEqual(self.curl("/slow?ms=0", *PROXY).status, 200)
        for thread in threads:
            thread.join()
        self.assertEqual(answers, [200, 200])
        self.assertEqual(self.statuses(5, "/slow?ms=0"), {200: 5})
        # Who goes in the middle of it leaves nothing behind.
        for _ in range(3):
            self.assertIn(self.curl("/slow?ms=3000", seconds=0.2).status, (0, 429))
        mainstay.wait_until(lambda: self.curl("/slow?ms=0").status == 200, "the places are free again")

    def test_connections(self):
        self.protect(listener="client_connections = 3", more="[service]\nworkers = 2\n")
        peers = [self.connect() for _ in range(3)]
        for peer in peers:
            peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertEqual(peer.message().status, 200)
        self.assertEqual(self.connect().rest(), b"")
        self.assertEqual(self.curl("/", *PROXY).status, 200)
        self.assertGreaterEqual(self.service.ctl("metrics")["process"]["refused"], 1)
        peers[0].close()
        mainstay.wait_until(lambda: self.curl("/").status == 200, "the place is free again")
        peers[1].send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertEqual(peers[1].message().status, 200)


def sha512(password: str) -> str:
    return subprocess.run(["openssl", "passwd", "-6", password], capture_output=True, text=True, check=True).stdout.strip()


def bcrypt(password: str, kind: str = "$2y$") -> str:
    return crypt.crypt(password, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16)).replace("$2b$", kind)


class Users(TestCase):
    ROUTES = """
        [[site.main.route]]
        path = "/keep"
        backend = "a"
        rewrite = "/echo"
        users = "others"
        keep_credentials = true
        [[site.main.route]]
        path = "/open"
        public = true
        respond = "open"
        [[site.main.route]]
        path = "/who"
        respond = "{user}"
        """

    def setUp(self):
        super().setUp()
        self.files = {"users": f"# who may\nalice:{sha512('wonder:land')}\r\n\nbob:{bcrypt('builder')}\n",
                      "others": f"carol:{bcrypt('c', '$2b$')}\n"}

    def start(self, site: str = 'users = "users"\nrealm = "Staff only"'):
        self.protect(site=site, routes=self.ROUTES, files=self.files)

    def test_passwords(self):
        self.start()
        answer = self.curl()
        self.assertEqual((answer.status, answer.headers["www-authenticate"]), (401, 'Basic realm="Staff only", charset="UTF-8"'))
        for http2 in [], ["--http2-prior-knowledge"]:
            for user in "alice:wonder:land", "bob:builder":
                for _ in range(2):  # the second time it is remembered
                    answer = self.curl("/who", "-u", user, *http2)
                    self.assertEqual((answer.status, answer.body.decode()), (200, user.split(":")[0]))
            for user in "alice:wonder", "alice:", "bob:wonder:land", "carol:c", ":x":
                self.assertEqual(self.curl("/who", "-u", user, *http2).status, 401, user)
        self.assertEqual(self.curl("/open").status, 200)
        self.assertEqual(self.curl("/keep", "-u", "bob:builder").status, 401)
        for field in "Basic", "Basic ", "Basic YQ", "Basic YTpi\t", "Bearer YTpi", "Basic YTp=", "Basic " + "A" * 2000, "Basic AAAA":
            self.assertEqual(self.curl("/who", "-H", f"Authorization: {field}", *PROXY).status, 401, field)

    def test_servers_and_the_log_do_not_learn_them(self):
        self.start()
        self.assertNotIn("authorization", self.seen("-u", "alice:wonder:land"))
        self.assertTrue(self.seen("-u", "carol:c", path="/keep")["authorization"].startswith("Basic "))
        lines = self.log(2)
        self.assertEqual({line.split()[2] for line in lines}, {"alice", "carol"})
        for text in "".join(lines), self.service.output():
            self.assertNotIn("wonder", text)
            self.assertNotIn("YWxpY2U6", text)

    def test_guesses_are_bounded(self):
        self.start('users = "users"\nlogin_attempts = "3/h"')
        self.assertEqual(self.curl("/who", "-u", "bob:builder").status, 200)
        guess = ["-u", "bob:guess"]
        self.assertEqual(self.statuses(5, "/who", *guess), {401: 3, 429: 2})
        self.assertGreater(int(self.curl("/who", *guess).headers["retry-after"]), 1000)
        self.assertEqual(self.curl("/who", "-u", "alice:wonder:land").status, 429)  # it might be a guess
        self.assertEqual(self.curl("/who", "-u", "alice:wonder:land", *PROXY).status, 200)
        # Right ones, and requests without any, do not count.
        self.assertEqual(self.statuses(10, "/who", "-u", "bob:builder", *PROXY), {200: 10})
        self.assertEqual(self.statuses(10, "/who", "--interface", "127.0.0.3"), {401: 10})
        metrics = self.metrics()
        self.assertEqual((metrics["unauthorized"], metrics["limited"]), (13, 4))

    def test_many_guesses_at_once(self):
        self.files["users"] = f"bob:{bcrypt('builder')}\n"
        self.start('users = "users"\nlogin_attempts = "5/h"')
        done = subprocess.run(["curl", "-s", "--noproxy", "*", "-Z", "--parallel-immediate", "-o", "/dev/null", "-w", "%{http_code}\n",
                               *sum((["-u", "bob:guess", f"{self.url}/who?{i}", "-o", "/dev/null"] for i in range(30)), [])],
                              capture_output=True, text=True)
        self.assertEqual(collections.Counter(done.stdout.split()), {"401": 5, "429": 25})
        self.assertEqual(self.curl("/open").status, 200)

    def test_a_changed_file(self):
        self.start()
        self.assertEqual(self.curl("/who", "-u", "bob:builder").status, 200)
        self.service.write("users", f"bob:{bcrypt('other')}\n")
        self.service.apply()
        self.assertEqual(self.curl("/who", "-u", "bob:builder").status, 401)
        self.assertEqual(self.curl("/who", "-u", "bob:other").status, 200)
        self.assertEqual(self.curl("/who", "-u", "alice:wonder:land").status, 401)
        for text in "bob", "bob:builder", "bob:$apr1$x$y", f"bob:{bcrypt('x')}\nbob:{bcrypt('y')}", "bob:$2y$31$" + "x" * 53:
            self.service.write("users", text + "\n")
            problems = self.service.ctl("config", "apply", ok=False)
            self.assertIn("users.malformed", json.dumps(problems), text)
            self.assertNotIn("builder", json.dumps(problems))
        (self.service.config / "users").unlink()
        self.assertIn("users.unreadable", json.dumps(self.service.ctl("config", "apply", ok=False)))
        self.assertEqual(self.curl("/who", "-u", "bob:other").status, 200)
        # Nobody is let in because nobody can tell.
        self.service.stop()
        self.service.start()
        self.service.wait_serving()
        self.assertEqual(self.curl("/who", "-u", "bob:other").status, 503)
        self.assertEqual(self.curl("/open").status, 200)


class Authority(TestCase):
    def ask_authority(self, serve, settings: str = ""):
        self.authority = self.backend(serve)
        self.protect(site=f"""
            auth_backend = "authority"
            auth_path = "/verify"
            auth_copies = ["X-User", "X-Groups"]
            {settings}
            """, routes="""
            [[site.main.route]]
            path = "/open"
            public = true
            respond = "open"
            """, more=f'[backend.authority]\nhealth_interval = "1h"\n'
                      f'[backend.authority.server.a]\naddress = "127.0.0.1:{self.authority.port}"')

    def test_a_yes(self):
        questions = []

        def answer(request):
            questions.append(request)
            return ok(b"some words", "X-User: alice", "X-Groups: a", "X-Groups: b", "X-Other: no")
        self.ask_authority(answering(answer))
        seen = self.seen("-X", "PUT", "-d", "x" * 100_000, "-H", "Cookie: id=1", "-H", "Authorization: Bearer 2", "-H", "X-Secret: 3",
                         "-H", "X-User: admin", "-H", "X_User: admin", "-H", "x-GROUPS: root", path="/echo?a=b")
        self.assertEqual((seen["x-user"], seen["x-groups"], seen["cookie"]), ("alice", "a; b", "id=1"))
        self.assertNotIn("x_user", seen)
        self.assertNotIn("x-other", seen)
        question = questions[0]
        self.assertEqual((question.start, question.get("x-forwarded-method"), question.get("x-forwarded-uri"),
                          question.get("x-forwarded-for"), question.get("cookie"), question.get("authorization")),
                         ("GET /verify HTTP/1.1", "PUT", "/echo?a=b", "127.0.0.1", "id=1", "Bearer 2"))
        for name in "x-secret", "x-user", "x_user", "content-length", "content-type":
            self.assertIsNone(question.get(name), name)
        body = json.loads(self.curl("/echo", "-d", "x" * 100_000).body)
        self.assertEqual(body["bytes"], 100_000)
        self.assertEqual(self.curl("/open").body, b"open")
        self.assertEqual(len(questions), 2)
        # It hears of the path that the server gets.
        for path in "/public/../echo?a=/../b", "/public/%2e%2E/echo?a=/../b", "//echo?a=/../b":
            self.assertEqual(json.loads(self.curl(path, "--path-as-is").body)["url"], "/echo?a=/../b")
            self.assertEqual(questions.pop().get("x-forwarded-uri"), "/echo?a=/../b")
        # Nor does what comes behind the content say so.
        peer = self.connect()
        peer.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "4\r\nbody\r\n0\r\nX-User: admin\r\nx_user: admin\r\nX-Sum: 1\r\n\r\n")
        self.assertEqual(json.loads(peer.message().body)["trailers"], {"x-sum": "1"})
        # Connections to it are used again.
        before = len(self.authority.received)
        peer = self.connect()
        for _ in range(5):
            peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertEqual(peer.message().body, b"a\n")
        self.assertLessEqual(len(self.authority.received), before + 1)

    def test_any_other_answer_is_the_clients(self):
        answers = {"/no": b"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\nX-Why: so\r\n\r\nno\n",
                   "/login": b"HTTP/1.1 302 Found\r\nLocation: /sign-in\r\nContent-Length: 0\r\nSet-Cookie: a=b\r\n\r\n",
                   "/who": b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nwho\r\n0\r\n\r\n",
                   "/hints": b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"}
        self.ask_authority(answering(lambda request: b"HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\n"
                                     if request.start.startswith("HEAD") else answers[request.get("x-forwarded-uri")]))
        for http2 in [], ["--http2-prior-knowledge"]:
            answer = self.curl("/no", *http2)
            self.assertEqual((answer.status, answer.body, answer.headers["x-why"]), (403, b"no\n", "so"))
            body = [] if http2 else ["-d", "a body"]
            answer = self.curl("/login", *http2, *body)
            self.assertEqual((answer.status, answer.headers["location"], answer.headers["set-cookie"]), (302, "/sign-in", "a=b"))
            answer = self.curl("/who", *http2)
            self.assertEqual((answer.status, answer.body, answer.headers["www-authenticate"]), (401, b"who", "Bearer"))
            self.assertEqual(self.curl("/no", *http2, "-I").status, 403)
            self.assertEqual(self.curl("/hints", *http2).body, b"a\n")
        self.assertEqual(self.node_a.count()["requests"], 2)
        self.assertEqual(self.metrics()["unauthorized"], 6)

    def test_who_cannot_be_asked_says_no(self):
        def serve(peer):
            uri = peer.message().get("x-forwarded-uri")
            if uri == "/garbage":
                peer.send("what?\r\n\r\n")
            elif uri == "/slow":
                time.sleep(3)
            elif uri == "/half":
                peer.send("HTTP/1.1 200 OK\r\nX-User: ")
            elif uri == "/switch":
                peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
        self.ask_authority(serve, 'auth_timeout = "400ms"')
        for uri, status in (("/garbage", 502), ("/close", 502), ("/half", 502), ("/switch", 502), ("/slow", 504)):
            for http2 in [], ["--http2-prior-knowledge"]:
                self.assertEqual(self.curl(uri, *http2).status, status, uri)
        self.authority.end()
        mainstay.wait_until(lambda: self.curl("/").status == 503, "nobody listens there any more")
        self.assertEqual(self.curl("/open").status, 200)
        self.assertEqual(self.node_a.count()["requests"], 0)


if __name__ == "__main__":
    mainstay.main()
