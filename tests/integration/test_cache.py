# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of servers that are kept: what is asked for again comes from the cache, as RFC 9111 allows."""
import contextlib
import gzip
import itertools
import os
import signal
import threading
import time

import h2.events

import http2_client
import http_peers
import mainstay
from http_peers import ok


class TestCase(http_peers.TestCase):
    def setUp(self):
        super().setUp()
        self.asked = []  # the heads of all requests
        self.lock = threading.Lock()
        self.answers = {}  # by path: bytes, or a function of the request
        self.origin = self.backend(http_peers.answering(self.answer, 100_000))

    def answer(self, request) -> bytes:
        with self.lock:
            self.asked.append(request)
        path = request.start.split()[1].partition("?")[0]
        answer = self.answers.get(path, ok(b"none", "Cache-Control: no-store"))
        return answer(request) if callable(answer) else answer

    def start(self, cache: str = "", route: str = "", workers: int = 2, more: str = "", listener: str = ""):
        self.service = self.serve(f"""
            [service]
            workers = {workers}
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            {listener}
            [cache.pages]
            {cache}
            [site.main]
            hosts = ["*"]
            [[site.main.route]]
            path = "/"
            backend = "app"
            cache = "pages"
            {route}
            {more}
            [backend.app]
            health_interval = "1h"
            [backend.app.server.a]
            address = "127.0.0.1:{self.origin.port}"
            """)

    def times(self, path: str) -> int:
        """How often the server was asked for that."""
        with self.lock:
            return sum(request.start.split()[1] == path for request in self.asked)

    def metrics(self) -> dict:
        return self.service.ctl("cache", "list")[0]


class Keeping(TestCase):
    def test_what_is_fresh_is_kept(self):
        self.start()
        self.answers["/a"] = ok(b"hello", "Cache-Control: max-age=1000", 'ETag: "v1"', "X-Own: 1")
        first = self.get("/a")
        self.assertEqual((first.status, first.body, first.get("x-cache")), (200, b"hello", "MISS"))
        self.assertIn("fwd=uri-miss", first.get("cache-status"))
        self.assertIn("stored", first.get("cache-status"))
        # Who has it may ask again before it is stored, and then has it of the same fetch.
        mainstay.wait_until(lambda: self.metrics()["entries"] == 1, "it is stored")
        for _ in range(5):  # by whichever worker
            again = self.get("/a")
            self.assertEqual((again.status, again.body, again.get("x-cache")), (200, b"hello", "HIT"))
            self.assertEqual((again.get("etag"), again.get("x-own")), ('"v1"', "1"))
            self.assertLess(int(again.get("age")), 100)
            self.assertRegex(again.get("cache-status"), r"^Mainstay; hit; ttl=\d+$")
            self.assertEqual(len(again.all("content-length")), 1)
        self.assertEqual(self.times("/a"), 1)
        head = self.get("/a", method="HEAD")
        self.assertEqual((head.get("x-cache"), head.get("content-length")), ("HIT", "5"))
        self.assertEqual(self.get("/a?b").get("x-cache"), "MISS")
        self.assertEqual(self.get("/a", host="other.test").get("x-cache"), "MISS")
        # The client may have all of the last answer a moment before it is counted and kept.
        counted = mainstay.wait_until(lambda: (m := self.metrics())["entries"] == 3 and m, "the last is kept")
        self.assertEqual((counted["hits"], counted["misses"]), (6, 3))
        self.assertEqual(counted["bytes"], 25)

    def test_what_is_not(self):
        self.start()
        self.answers.update({
            "/no-store": ok(b"x", "Cache-Control: no-store, max-age=100"),
            "/private": ok(b"x", "Cache-Control: private, max-age=100"),
            "/cookie": ok(b"x", "Cache-Control: max-age=100", "Set-Cookie: a=b"),
            "/nothing": ok(b"x", 'ETag: "a"'),
            "/star": ok(b"x", "Cache-Control: max-age=100", "Vary: *"),
            "/by-client": ok(b"x", "Cache-Control: max-age=100", "Vary: X-Forwarded-For"),
        })
        for path in self.answers:
            for _ in range(2):
                answer = self.get(path)
                self.assertEqual((answer.body, answer.get("x-cache")), (b"x", "MISS"), path)
        self.answers["/a"] = ok(b"x", "Cache-Control: max-age=100")
        for _ in range(2):
            self.assertEqual(self.get("/a", "Authorization: Basic eDp5").get("x-cache"), "MISS")
        self.assertEqual(self.get("/a").get("x-cache"), "MISS")
        self.assertEqual(self.get("/a", "Cache-Control: no-store").get("x-cache"), "BYPASS")
        self.assertEqual(self.get("/a", "Cache-Control: only-if-cached").get("x-cache"), "HIT")
        self.assertEqual(self.get("/other", "Cache-Control: only-if-cached").status, 504)

    def test_chunks_and_large_ones(self):
        self.start(cache='memory = "8MiB"\nlargest_object = "100KiB"')
        chunks = b"".join(b"%x\r\n%s\r\n" % (1000, b"c" * 1000) for _ in range(50))
        self.answers["/chunked"] = (b"HTTP/1.1 200 OK\r\nCache-Control: max-age=100\r\nTransfer-Encoding: chunked\r\n\r\n" +
                                    chunks + b"0\r\n\r\n")
        self.answers["/large"] = ok(b"l" * 200_000, "Cache-Control: max-age=100")
        self.answers["/fits"] = ok(b"f" * 100_000, "Cache-Control: max-age=100")
        for path, size, outcome in ("/chunked", 50_000, "HIT"), ("/large", 200_000, "MISS"), ("/fits", 100_000, "HIT"):
            self.assertEqual(len(self.get(path).body), size)
            answer = self.get(path)
            self.assertEqual((len(answer.body), answer.get("x-cache")), (size, outcome), path)

    def test_a_broken_answer_is_not_kept(self):
        self.start()
        self.answers["/a"] = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=100\r\nContent-Length: 10\r\n\r\nhalf"
        origin = http_peers.Backend(lambda peer: (peer.message(), peer.send(self.answers["/a"])))
        self.addCleanup(origin.end)
        self.service.configure((self.service.config / "mainstay.toml").read_text()
                               .replace(str(self.origin.port), str(origin.port)))
        self.service.apply()
        for _ in range(2):
            with contextlib.suppress(http_peers.Ended):
                self.get("/a")
        self.assertEqual(self.metrics()["entries"], 0)

    def test_variants(self):
        self.start()
        self.answers["/a"] = lambda request: ok(request.get("accept-language", "-").encode(),
                                                "Cache-Control: max-age=100", "Vary: Accept-Language")
        for _ in range(2):
            for language in "de", "fr":
                self.assertEqual(self.get("/a", f"Accept-Language: {language}").body, language.encode())
        self.assertEqual(self.times("/a"), 2)
        self.assertIn("vary-miss", self.get("/a", "Accept-Language: it").get("cache-status"))

    def test_conditions_and_ranges(self):
        self.start()
        body = bytes(range(256)) * 100
        self.answers["/a"] = ok(body, "Cache-Control: max-age=100", 'ETag: "v1"',
                                "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT")
        # The first one asks for a part, and all is fetched for it.
        part = self.get("/a", "Range: bytes=10-19")
        self.assertEqual((part.status, part.body), (206, body[10:20]))
        self.assertEqual(part.get("content-range"), f"bytes 10-19/{len(body)}")
        self.assertIsNone(self.asked[-1].get("range"))
        self.assertEqual(self.get("/a", 'If-None-Match: "v1"').status, 304)
        self.assertEqual(self.get("/a", 'If-None-Match: "v2"').status, 200)
        self.assertEqual(self.get("/a", "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT").status, 304)
        self.assertEqual(self.get("/a", "Range: bytes=-5", 'If-Range: "v1"').body, body[-5:])
        self.assertEqual(self.get("/a", "Range: bytes=-5", 'If-Range: "v2"').body, body)
        self.assertEqual(self.get("/a", "Range: bytes=99999999-").status, 416)
        self.assertEqual(self.get("/a", "Range: bytes=0-1,5-6").body, body)
        self.assertEqual(self.times("/a"), 1)

    def test_changes_are_seen(self):
        self.start()
        self.answers["/a"] = lambda request: ok(b"x", "Cache-Control: max-age=100")
        self.get("/a")
        self.assertEqual(self.get("/a").get("x-cache"), "HIT")
        answer = self.ask("POST /a HTTP/1.1\r\nHost: www.test\r\nContent-Length: 2\r\n\r\nhi")
        self.assertEqual((answer.status, answer.get("x-cache")), (200, "BYPASS"))
        self.assertEqual(self.get("/a").get("x-cache"), "MISS")
        self.answers["/a"] = b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"
        self.ask("DELETE /a HTTP/1.1\r\nHost: www.test\r\n\r\n")
        self.assertEqual(self.get("/a").get("x-cache"), "HIT")

    def test_compressed_from_the_cache(self):
        self.start(route="compress = true")
        text = b"a text that repeats itself\n" * 500
        self.answers["/a"] = ok(text, "Cache-Control: max-age=100", "Content-Type: text/plain", 'ETag: "v1"')
        self.assertEqual(self.get("/a").body, text)
        for _ in range(2):
            answer = self.get("/a", "Accept-Encoding: gzip")
            self.assertEqual((answer.get("x-cache"), answer.get("content-encoding")), ("HIT", "gzip"))
            self.assertEqual((gzip.decompress(answer.body), answer.get("etag")), (text, 'W/"v1"'))
        self.assertEqual(self.get("/a").body, text)
        self.assertEqual(self.times("/a"), 1)

    def test_the_route_has_a_say(self):
        self.start(route='cache_ttl = "1h"\ncache_cookies = true\n'
                         'response_headers = ["-X-Cache", "Cache-Control: no-cache"]')
        self.answers["/a"] = ok(b"x", "Set-Cookie: a=b")
        self.get("/a")
        answer = self.get("/a")
        self.assertEqual((self.times("/a"), answer.get("x-cache"), answer.get("set-cookie")), (1, None, "a=b"))
        self.assertEqual(answer.get("cache-control"), "no-cache")

    def test_a_client_that_leaves_while_it_gets_what_was_kept(self):
        """The server's connection has gone to somebody else by then, who is not to be bothered."""
        self.start(workers=1)
        body = b"x" * 500_000
        gate = threading.Event()
        self.addCleanup(gate.set)

        def slow(_):
            gate.wait(mainstay.PATIENCE)
            return ok(b"slow", "Cache-Control: no-store")

        def kept(request):
            if request.get("if-none-match"):
                return b'HTTP/1.1 304 Not Modified\r\nETag: "v1"\r\nCache-Control: no-cache\r\n\r\n'
            return ok(body, 'ETag: "v1"', "Cache-Control: no-cache")
        self.answers.update({"/kept": kept, "/slow": slow})
        self.assertEqual(self.get("/kept").body, body)
        mainstay.wait_until(lambda: self.metrics()["entries"] == 1, "it is stored")
        client = http2_client.Client(self.port)
        self.addCleanup(client.close)
        stream = client.ask("/kept")
        self.assertTrue(client.wait(h2.events.DataReceived, stream))  # and more does not fit into its window
        with mainstay.connect(self.port) as other:
            other.sendall(b"GET /slow HTTP/1.1\r\nHost: www.test\r\nConnection: close\r\n\r\n")
            mainstay.wait_until(lambda: self.times("/slow") == 1, "the server is asked")
            client.h2.reset_stream(stream)
            client.flush()
            client.h2.ping(b"12345678")
            client.flush()
            self.assertTrue(client.wait(h2.events.PingAckReceived))
            gate.set()
            answer = b""
            while part := other.recv(65536):
                answer += part
        self.assertTrue(answer.endswith(b"slow"), answer)


class Again(TestCase):
    """What is not fresh any more."""

    def test_validation(self):
        self.start()
        def versioned(request):
            if request.get("if-none-match") == '"v1"':
                return b'HTTP/1.1 304 Not Modified\r\nCache-Control: max-age=1000\r\nX-Own: new\r\nETag: "v1"\r\n\r\n'
            return ok(b"hello", "Cache-Control: max-age=0", 'ETag: "v1"', "X-Own: old")
        self.answers["/a"] = versioned
        self.assertEqual(self.get("/a").get("x-own"), "old")
        answer = self.get("/a")
        self.assertEqual((answer.status, answer.body, answer.get("x-cache")), (200, b"hello", "REVALIDATED"))
        self.assertEqual(answer.get("x-own"), "new")
        self.assertIn("fwd-status=304", answer.get("cache-status"))
        self.assertEqual(self.get("/a").get("x-cache"), "HIT")
        self.assertEqual(self.times("/a"), 2)
        # Clients may ask for that, and for a 304 of their own.
        self.assertEqual(self.get("/a", "Cache-Control: no-cache").get("x-cache"), "REVALIDATED")
        self.assertEqual(self.get("/a", "Cache-Control: max-age=0", 'If-None-Match: "v1"').status, 304)
        self.assertEqual(self.times("/a"), 4)

    def test_stale_while_revalidating(self):
        self.start()
        self.answers["/a"] = lambda request: ok(b"%d" % self.times("/a"), "Cache-Control: max-age=1, "
                                                                         "stale-while-revalidate=1000")
        self.assertEqual(self.get("/a").body, b"1")
        mainstay.wait_until(lambda: self.get("/a").get("x-cache") == "STALE", "it is stale")
        mainstay.wait_until(lambda: self.get("/a").body != b"1", "a newer one came")
        self.assertGreaterEqual(self.metrics()["stale"], 1)

    def test_stale_on_errors(self):
        self.start(cache='stale_if_error = "1h"')
        self.answers["/a"] = ok(b"good", "Cache-Control: max-age=0")
        self.answers["/b"] = ok(b"good", "Cache-Control: max-age=0, must-revalidate", 'ETag: "b"')
        for path in "/a", "/b":
            self.get(path)
        trouble = b"HTTP/1.1 503 Busy\r\nContent-Length: 3\r\n\r\nbad"
        self.answers.update({"/a": trouble, "/b": trouble})
        answer = self.get("/a")
        self.assertEqual((answer.status, answer.body, answer.get("x-cache")), (200, b"good", "STALE"))
        self.assertIn("fwd-status=503", answer.get("cache-status"))
        self.assertEqual(self.get("/b").status, 503)
        self.origin.end()  # nobody answers at all
        self.assertEqual(self.get("/a").body, b"good")
        mainstay.wait_until(lambda: self.get("/new").status == 503, "the last connection has ended")
        # Whatever else is said in the request.
        for field in 'If-None-Match: "x"', "Range: bytes=0-", "Accept: text/html":
            self.assertEqual(self.get("/a", field).body, b"good", field)
        head = self.get("/a", method="HEAD")
        self.assertEqual((head.status, head.get("x-cache")), (200, "STALE"))

    def test_stale_while_a_server_hangs(self):
        """Who waits for an answer that does not come is given what is kept as well, and does not ask once more."""
        self.start(cache='stale_if_error = "1h"\nwait = "60s"', more="")
        self.answers["/a"] = ok(b"good", "Cache-Control: max-age=1")
        self.get("/a")
        time.sleep(2.1)  # and then it is stale
        self.service.configure((self.service.config / "mainstay.toml").read_text()
                               .replace('health_interval = "1h"', 'health_interval = "1h"\nresponse_timeout = "2s"'))
        self.service.apply()
        released = threading.Event()
        self.addCleanup(released.set)
        self.answers["/a"] = lambda request: released.wait(mainstay.PATIENCE) and ok(b"late")
        peers = [self.connect() for _ in range(20)]
        for peer in peers:
            peer.send("GET /a HTTP/1.1\r\nHost: www.test\r\n\r\n")
        self.assertEqual({peer.message().body for peer in peers}, {b"good"})
        self.assertEqual(self.times("/a"), 2)


class Guarded(TestCase):
    """What guards find out of a client decides what it is given, whichever way its request goes."""

    def setUp(self):
        super().setUp()
        self.authority = self.backend(http_peers.answering(self.grant, 100_000))
        self.start(route='auth_backend = "authority"\nauth_copies = ["X-User"]', more=f"""
            [backend.authority]
            health_interval = "1h"
            [backend.authority.server.a]
            address = "127.0.0.1:{self.authority.port}"
            """)

    @staticmethod
    def grant(request) -> bytes:
        return ok(b"", "X-User: " + (request.get("cookie") or "nobody"))

    def test_what_a_client_says_of_itself_never_gets_through(self):
        said = lambda request: ok(", ".join(request.all("x-user")).encode(), "Cache-Control: max-age=100")
        for number, field in enumerate(('If-None-Match: "x"', "Range: bytes=0-1000", "Accept: */*")):
            self.answers[f"/{number}"] = said
            answer = self.get(f"/{number}", field, "X-User: admin", "Cookie: low")
            self.assertEqual(answer.body, b"low", field)
            # And it is for nobody else, as it says nothing to the contrary.
            self.assertEqual(self.get(f"/{number}", "Cookie: other").body, b"other", field)

    def test_vary_sees_what_the_authority_said(self):
        self.answers["/a"] = lambda request: ok(request.get("x-user").encode(),
                                                "Cache-Control: public, max-age=100", "Vary: X-User")
        for user in "one", "two", "one", "two":
            self.assertEqual(self.get("/a", f"Cookie: {user}").body, user.encode())
        self.assertEqual(self.times("/a"), 2)


class Routes(TestCase):
    def test_that_ask_for_different_things_share_nothing(self):
        self.start(route='headers = ["X-Key: secret"]\nrequest_headers = ["X-Role: admin"]', more="""
            [[site.main.route]]
            path = "/"
            backend = "app"
            cache = "pages"
            request_headers = ["X-Role: guest"]
            """)
        self.answers["/a"] = lambda request: ok(request.get("x-role").encode(), "Cache-Control: max-age=100")
        for _ in range(2):
            self.assertEqual(self.get("/a", "X-Key: secret").body, b"admin")
            self.assertEqual(self.get("/a").body, b"guest")
        self.assertEqual(self.times("/a"), 2)


    def test_hosts_that_a_proxy_speaks_of_share_nothing(self):
        self.start(listener='trusted_proxies = ["127.0.0.1"]')
        self.answers["/a"] = lambda request: ok(f"{request.get('x-forwarded-host')} {request.get('x-forwarded-port')}".encode(),
                                                "Cache-Control: max-age=100")
        for _ in range(2):
            for host, port in ("one.test", 80), ("two.test", 80), ("two.test", 81):
                answer = self.get("/a", f"X-Forwarded-Host: {host}", f"X-Forwarded-Port: {port}")
                self.assertEqual(answer.body, f"{host} {port}".encode())
        self.assertEqual(self.times("/a"), 3)
        self.assertEqual(self.service.ctl("cache", "purge", "pages", "--url", "http://www.test/a")["purged"], 3)


class Together(TestCase):
    def test_one_request_for_all(self):
        self.start(cache='wait = "60s"')
        released = threading.Event()
        def slow(request):
            released.wait(mainstay.PATIENCE)
            return ok(b"together", "Cache-Control: max-age=100")
        self.answers["/a"] = slow
        peers = [self.connect() for _ in range(200)]
        for peer in peers:
            peer.send("GET /a HTTP/1.1\r\nHost: www.test\r\n\r\n")
        mainstay.wait_until(lambda: self.metrics()["collapsed"] == 199, "all others wait")
        released.set()
        answers = [peer.message() for peer in peers]
        self.assertEqual({answer.body for answer in answers}, {b"together"})
        self.assertEqual(self.times("/a"), 1)
        self.assertEqual(sum("collapsed" in answer.get("cache-status") for answer in answers), 199)

    def test_what_has_to_be_validated_is_for_nobody_who_waits(self):
        self.start(cache='wait = "60s"')
        released = threading.Event()
        self.addCleanup(released.set)
        def own(request):
            if self.times("/a") == 1:
                released.wait(mainstay.PATIENCE)
            return ok(request.get("cookie").encode(), "Cache-Control: no-cache", 'ETag: "a"')
        self.answers["/a"] = own
        first, second = self.connect(), self.connect()
        first.send("GET /a HTTP/1.1\r\nHost: www.test\r\nCookie: a=1\r\n\r\n")
        mainstay.wait_until(lambda: self.times("/a") == 1, "the first has asked")
        second.send("GET /a HTTP/1.1\r\nHost: www.test\r\nCookie: a=2\r\n\r\n")
        mainstay.wait_until(lambda: self.metrics()["collapsed"] == 1, "the second waits")
        released.set()
        self.assertEqual((first.message().body, second.message().body), (b"a=1", b"a=2"))

    def test_a_slow_reader_holds_nobody_up(self):
        self.start(cache='wait = "60s"\nmemory = "256MiB"\nlargest_object = "32MiB"')
        content = os.urandom(1 << 20) * 24
        self.answers["/a"] = ok(content, "Cache-Control: max-age=100")
        slow = self.connect()
        slow.send("GET /a HTTP/1.1\r\nHost: www.test\r\n\r\n")
        mainstay.wait_until(lambda: self.times("/a") == 1, "it has asked")
        answer = self.get("/a")
        self.assertEqual((answer.get("x-cache"), answer.body == content), ("HIT", True))
        self.assertEqual(slow.message().body == content, True)
        self.assertEqual(self.times("/a"), 1)

    def test_what_is_asked_with_credentials_leaves_the_rest_alone(self):
        self.start()
        self.answers["/a"] = ok(b"for all", "Cache-Control: max-age=100")
        self.get("/a")
        self.assertEqual(self.get("/a", "Cache-Control: no-cache", "Authorization: x").get("x-cache"), "MISS")
        self.assertEqual(self.get("/a").get("x-cache"), "HIT")

    def test_nobody_waits_for_ever(self):
        self.start(cache='wait = "1s"')
        released = threading.Event()
        self.addCleanup(released.set)
        self.answers["/a"] = lambda request: (self.times("/a") > 1 or released.wait(mainstay.PATIENCE)) and ok(b"x")
        first = self.connect()
        first.send("GET /a HTTP/1.1\r\nHost: www.test\r\n\r\n")
        mainstay.wait_until(lambda: self.times("/a") == 1, "the first has asked")
        self.assertEqual(self.get("/a").body, b"x")
        released.set()
        self.assertEqual(first.message().body, b"x")

    def test_one_that_leaves_holds_nobody_up(self):
        self.start(cache='wait = "60s"')
        self.answers["/a"] = lambda request: (self.times("/a") > 1 or time.sleep(3) is None) and \
            ok(b"x", "Cache-Control: max-age=100")
        first = self.connect()
        first.send("GET /a HTTP/1.1\r\nHost: www.test\r\n\r\n")
        mainstay.wait_until(lambda: self.times("/a") == 1, "the first has asked")
        first.close()
        self.assertEqual(self.get("/a").body, b"x")

    def test_the_service_stops_while_some_wait(self):
        self.start(cache='wait = "10m"')
        released = threading.Event()
        self.addCleanup(released.set)
        self.answers["/a"] = lambda request: released.wait(mainstay.PATIENCE) and ok(b"x")
        for _ in range(10):
            self.connect().send("GET /a HTTP/1.1\r\nHost: www.test\r\n\r\n")
        mainstay.wait_until(lambda: self.metrics()["collapsed"] == 9, "nine wait")
        self.assertEqual(self.service.stop(), 0)


class Purging(TestCase):
    def test_purge(self):
        self.start()
        for path in "/blog/1", "/blog/2", "/other":
            self.answers[path] = ok(b"x", "Cache-Control: max-age=1000")
            self.get(path)
        purge = lambda *options: self.service.ctl("cache", "purge", "pages", *options)["purged"]
        self.assertEqual(purge("--url", "http://www.test/blog/1"), 1)
        self.assertEqual(self.get("/blog/1").get("x-cache"), "MISS")
        self.assertEqual(self.get("/blog/2").get("x-cache"), "HIT")
        self.assertEqual(purge("--prefix", "/blog/"), 2)
        self.assertEqual(self.get("/blog/2").get("x-cache"), "MISS")
        self.assertEqual(self.get("/other").get("x-cache"), "HIT")
        self.assertEqual(purge("--site", "none"), 0)
        self.assertEqual(purge("--site", "main"), 2)
        self.get("/other")
        self.assertEqual(purge(), 1)
        self.assertEqual(self.service.ctl("cache", "purge", "nothing", ok=False)["error"]["code"], "cache.unknown")
        self.assertIn("cache.purge", (self.service.state / "audit.log").read_text())

    def test_what_is_on_its_way_is_not_kept(self):
        self.start()
        released = threading.Event()
        self.answers["/a"] = lambda request: released.wait(mainstay.PATIENCE) and ok(b"x", "Cache-Control: max-age=100")
        peer = self.connect()
        peer.send("GET /a HTTP/1.1\r\nHost: www.test\r\n\r\n")
        mainstay.wait_until(lambda: self.times("/a") == 1, "it is on its way")
        self.service.ctl("cache", "purge", "pages")
        released.set()
        self.assertEqual(peer.message().body, b"x")
        self.assertEqual(self.get("/a").get("x-cache"), "MISS")


class OnDisk(TestCase):
    DISK = 'disk = "64MiB"\nmemory = "4MiB"'

    def start(self, **options):
        """Until the folder has been looked through: what comes before stays in memory alone."""
        super().start(**options)
        self.answers["/first"] = ok(b"first", "Cache-Control: max-age=100000")
        tries = itertools.count()
        mainstay.wait_until(lambda: self.get(f"/first?{next(tries)}") and self.metrics()["files"] > 0, "it is ready")
        self.service.ctl("cache", "purge", "pages", "--prefix", "/first")
        mainstay.wait_until(lambda: self.metrics()["files"] == 0, "it is empty again")
        self.asked.clear()

    def fill(self, count: int, size: int = 3000):
        for i in range(count):
            self.answers[f"/{i}"] = ok(b"%d " % i * (size // 4), "Cache-Control: max-age=100000", 'ETag: "a"')
            self.get(f"/{i}")

    def test_restart(self):
        self.start(cache=self.DISK)
        self.fill(30)
        mainstay.wait_until(lambda: self.metrics()["files"] == 30, "all are on the disk")
        self.assertEqual(self.service.stop(), 0)
        self.service.start()
        self.service.wait_serving()
        mainstay.wait_until(lambda: self.metrics()["files"] == 30, "they are found")
        for i in range(30):
            answer = self.get(f"/{i}")
            self.assertEqual((answer.get("x-cache"), answer.body), ("HIT", b"%d " % i * 750))
            self.assertEqual(self.get(f"/{i}").get("x-cache"), "HIT")
        self.assertEqual(len(self.asked), 30)
        self.service.ctl("cache", "purge", "pages")
        self.assertEqual([path for path in (self.service.state / "cache").rglob("*") if path.is_file()], [])

    def test_killed_while_it_writes(self):
        self.start(cache=self.DISK)
        self.answers = {f"/{i}": ok(b"%d " % i * 5000, "Cache-Control: max-age=100000") for i in range(2000)}
        for attempt in range(3):
            core, before = self.service.core, self.metrics()["files"]
            ended = threading.Event()
            def ask(start):
                for i in range(start, 2000):
                    if ended.is_set():
                        return
                    with contextlib.suppress(http_peers.Ended, OSError, AssertionError):
                        self.get(f"/{i}")
            threads = [threading.Thread(target=ask, args=[attempt * 400 + part * 100]) for part in range(3)]
            for thread in threads:
                thread.start()
            mainstay.wait_until(lambda: self.metrics()["files"] > before + 20, "some are written")
            os.kill(core, signal.SIGKILL)
            ended.set()
            for thread in threads:
                thread.join()
            mainstay.wait_until(lambda: self.service.core not in (0, core), "another core")
            self.service.wait_serving()
            mainstay.wait_until(lambda: self.metrics()["files"] > before + 10, "what was written is found")
            self.assertEqual(list((self.service.state / "cache").rglob("*.new")), [])
            hits = 0
            for i in range(attempt * 400, attempt * 400 + 400):
                answer = self.get(f"/{i}", "Cache-Control: only-if-cached")
                if answer.status != 504:
                    self.assertEqual((answer.body, answer.get("x-cache")), (b"%d " % i * 5000, "HIT"))
                    hits += 1
            self.assertGreater(hits, 0)

    def test_a_disk_that_cannot_be_written(self):
        self.start(cache=self.DISK)
        self.fill(2)
        folder = self.service.state / "cache" / "pages"
        mainstay.wait_until(lambda: self.metrics()["files"] == 2, "they are written")
        for path in folder.iterdir():
            path.chmod(0o500)
        folder.chmod(0o500)
        self.addCleanup(lambda: [path.chmod(0o700) for path in (folder, *folder.iterdir())])
        self.answers["/new"] = ok(b"new", "Cache-Control: max-age=100")
        self.get("/new")
        self.assertEqual(self.get("/new").get("x-cache"), "HIT")
        mainstay.wait_until(lambda: self.metrics()["disk_errors"] > 0, "it is told")
        folder.chmod(0o700)


class Logged(TestCase):
    def test_the_log_says_so(self):
        self.start()
        self.service.configure((self.service.config / "mainstay.toml").read_text() +
                               '\n[log.own]\nformat = "{path} {cache}"\n')
        text = (self.service.config / "mainstay.toml").read_text().replace("workers = 2", 'workers = 2\nlogs = ["own"]')
        self.service.configure(text)
        self.service.apply()
        self.answers["/a"] = ok(b"x", "Cache-Control: max-age=100")
        for _ in range(2):
            self.get("/a")
        log = self.service.state / "log/own.log"
        # In either order: two workers write.
        mainstay.wait_until(lambda: log.exists() and sorted(log.read_text().splitlines()) == ["/a hit", "/a miss"],
                            "both are written")


if __name__ == "__main__":
    mainstay.main()
