# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a site: what a client gets to see, and what it does not."""
import hashlib
import os
import time
from email.utils import parsedate_to_datetime

import http_peers
import mainstay

MODIFIED = 1_700_000_000
MODIFIED_TEXT = "Tue, 14 Nov 2023 22:13:20 GMT"


class Static(http_peers.TestCase):
    def setUp(self):
        super().setUp()
        self.web = self.serve(f"""
            [listener.web]
            address = ["127.0.0.1:{self.port}"]

            [site.main]
            hosts = ["*"]

            [[site.main.route]]
            path = "/"
            root = "site"

            [[site.main.route]]
            path = "/docs"
            root = "manual"
            strip_prefix = true

            [[site.main.route]]
            path = "/noindex/"
            root = "site"
            index = ""
            """, {
                "site/index.html": "<p>home\n",
                "site/style.css": "p {}\n",
                "site/ten.txt": "0123456789",
                "site/empty.txt": "",
                "site/no_ending": "?",
                "site/two words & more%.txt": "words",
                "site/sub/index.html": "sub",
                "site/sub/page.html": "page",
                "site/bare/file.txt": "file",
                "site/noindex/file.txt": "file",
                "site/.secret": "secret",
                "site/.git/config": "secret",
                "site/.well-known/acme": "token",
                "site/%2e%2e/x.txt": "odd name",
                "manual/index.html": "manual",
                "outside.txt": "outside",
            })
        self.site = self.web.config / "site"
        self.large = os.urandom(1_000_000)  # is held open, not in memory
        self.medium = os.urandom(100_000)
        (self.site / "large.bin").write_bytes(self.large)
        (self.site / "medium.bin").write_bytes(self.medium)
        os.utime(self.site / "ten.txt", (MODIFIED, MODIFIED))

    def test_types_and_contents(self):
        for path, media, body in (
                ("/", "text/html; charset=utf-8", b"<p>home\n"),
                ("/index.html", "text/html; charset=utf-8", b"<p>home\n"),
                ("/style.css?version=3", "text/css; charset=utf-8", b"p {}\n"),
                ("/empty.txt", "text/plain; charset=utf-8", b""),
                ("/no_ending", "application/octet-stream", b"?"),
                ("/two%20words%20&%20more%25.txt", "text/plain; charset=utf-8", b"words"),
                ("/sub/", "text/html; charset=utf-8", b"sub"),
                ("/sub/../sub/./page.html", "text/html; charset=utf-8", b"page"),
                ("//sub//page.html", "text/html; charset=utf-8", b"page"),
                ("/%252e%252e/x.txt", "text/plain; charset=utf-8", b"odd name"),  # is decoded once
                ("/.well-known/acme", "application/octet-stream", b"token"),
                ("/docs/", "text/html; charset=utf-8", b"manual"),
                ("/medium.bin", "application/octet-stream", self.medium),
                ("/large.bin", "application/octet-stream", self.large)):
            with self.subTest(path):
                reply = mainstay.curl(self.url + path, "--path-as-is")
                self.assertEqual((reply.status, reply.headers["content-type"]), (200, media))
                self.assertEqual(hashlib.sha256(reply.body).digest(), hashlib.sha256(body).digest())
                self.assertEqual(reply.headers["content-length"], str(len(body)))
                self.assertEqual(reply.headers["accept-ranges"], "bytes")
                self.assertRegex(reply.headers["date"], r"^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$")

    def test_head_is_get_without_the_body(self):
        for path in "/ten.txt", "/medium.bin", "/large.bin", "/missing":
            with self.subTest(path):
                full, head = self.get(path), self.get(path, method="HEAD")
                self.assertEqual(head.start, full.start)
                differ = {"date"}
                self.assertEqual([field for field in head.fields if field[0].lower() not in differ],
                                 [field for field in full.fields if field[0].lower() not in differ])
        # Nothing follows: the next answer on the connection starts where the head ends.
        peer = self.connect()
        for _ in range(2):
            peer.send("HEAD /ten.txt HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertEqual(peer.message(bodiless=True).get("content-length"), "10")

    def test_a_file_from_the_future_was_modified_now(self):
        future = time.time() + 86400
        os.utime(self.site / "sub/page.html", (future, future))
        page = self.get("/sub/page.html")
        self.assertLessEqual(parsedate_to_datetime(page.get("last-modified")), parsedate_to_datetime(page.get("date")))

    def test_conditions(self):
        full = self.get("/ten.txt")
        etag = full.get("etag")
        self.assertRegex(etag, r'^"[^"]+"$')
        self.assertEqual(full.get("last-modified"), MODIFIED_TEXT)
        earlier, later = "Mon, 13 Nov 2023 00:00:00 GMT", "Wed, 15 Nov 2023 00:00:00 GMT"
        for fields, status in (
                ([f"If-None-Match: {etag}"], 304),
                ([f"If-None-Match: W/{etag}"], 304),
                ([f'If-None-Match: "a", {etag}'], 304),
                (["If-None-Match: *"], 304),
                (['If-None-Match: "a"'], 200),
                ([f"If-Modified-Since: {MODIFIED_TEXT}"], 304),
                ([f"If-Modified-Since: {later}"], 304),
                ([f"If-Modified-Since: {earlier}"], 200),
                (["If-Modified-Since: yesterday"], 200),
                (['If-None-Match: "a"', f"If-Modified-Since: {later}"], 200),  # RFC 9110 13.1.3: the tag decides
                ([f"If-Match: {etag}"], 200),
                (['If-Match: "a"'], 412),
                ([f"If-Match: W/{etag}"], 412),
                ([f"If-Unmodified-Since: {earlier}"], 412),
                ([f"If-Unmodified-Since: {MODIFIED_TEXT}"], 200)):
            for method in "GET", "HEAD":
                with self.subTest(fields=fields, method=method):
                    answer = self.get("/ten.txt", *fields, method=method)
                    self.assertEqual(answer.status, status)
                    if status == 304:
                        self.assertEqual((answer.get("etag"), answer.body), (etag, b""))
                        self.assertIsNone(answer.get("content-length"))

    def test_validators_follow_the_file(self):
        before = self.get("/ten.txt").get("etag")
        self.web.write("site/ten.txt", "9876543210")

        def is_new():
            answer = self.get("/ten.txt", f"If-None-Match: {before}")
            return answer.status == 200 and answer.body == b"9876543210"
        mainstay.wait_until(is_new, "the new file is served", 5)

    def test_files_come_and_go(self):
        self.assertEqual(self.get("/new.txt").status, 404)
        path = self.web.write("site/new.txt", "new")
        mainstay.wait_until(lambda: self.get("/new.txt").body == b"new", "the file is served", 5)
        path.unlink()
        mainstay.wait_until(lambda: self.get("/new.txt").status == 404, "the file is gone", 5)

    def test_ranges(self):
        digits = b"0123456789"
        for asked, start, end in (("0-0", 0, 1), ("2-4", 2, 5), ("7-", 7, 10), ("-3", 7, 10), ("-100", 0, 10),
                                  ("5-500", 5, 10), ("0-18446744073709551616", 0, 10)):
            with self.subTest(asked):
                answer = self.get("/ten.txt", f"Range: bytes={asked}")
                self.assertEqual((answer.status, answer.body), (206, digits[start:end]))
                self.assertEqual(answer.get("content-range"), f"bytes {start}-{end - 1}/10")
        for asked in "10-", "11-12", "-0", "18446744073709551616-":
            with self.subTest(asked):
                answer = self.get("/ten.txt", f"Range: bytes={asked}")
                self.assertEqual((answer.status, answer.get("content-range")), (416, "bytes */10"))
        # To be ignored, RFC 9110 14.2.
        for asked in "bytes=4-2", "bytes=a-b", "bytes=", "bytes=-", "lines=1-2", "bytes=0-1,3-4x":
            with self.subTest(asked):
                self.assertEqual((self.get("/ten.txt", f"Range: {asked}").body), digits)
        self.assertEqual(self.get("/empty.txt", "Range: bytes=0-").status, 416)
        self.assertEqual(self.get("/ten.txt", "Range: bytes=0-1", method="HEAD").status, 200)

    def test_ranges_of_larger_files(self):
        for name, content in ("medium.bin", self.medium), ("large.bin", self.large):
            for start, end in (0, 5), (50_000, 99_000), (len(content) - 7, len(content)):
                with self.subTest(name, start=start):
                    answer = self.get(f"/{name}", f"Range: bytes={start}-{end - 1}")
                    self.assertEqual((answer.status, answer.body), (206, content[start:end]))

    def test_if_range(self):
        etag = self.get("/ten.txt").get("etag")
        for condition, status in ((etag, 206), (MODIFIED_TEXT, 206), (f"W/{etag}", 200), ('"a"', 200),
                                  ("Wed, 15 Nov 2023 00:00:00 GMT", 200), ("junk", 200)):
            with self.subTest(condition):
                self.assertEqual(self.get("/ten.txt", "Range: bytes=1-2", f"If-Range: {condition}").status, status)
        # A condition that fails comes before the range.
        self.assertEqual(self.get("/ten.txt", "Range: bytes=1-2", f"If-None-Match: {etag}").status, 304)

    def test_no_path_leads_out(self):
        for path, status in (
                ("/../outside.txt", 400), ("/sub/../../outside.txt", 400), ("/%2e%2e/outside.txt", 400),
                ("/.%2E/outside.txt", 400), ("/..%2foutside.txt", 400), ("/..%5coutside.txt", 400),
                ("/sub/..%2f..%2foutside.txt", 400), ("/%00", 400), ("/ten.txt%00.html", 400), ("/%", 400), ("/%2", 400),
                ("/%zz", 400), ("/%252e%252e/outside.txt", 404), ("/docs/../outside.txt", 404),
                ("/docs/../../outside.txt", 400), ("/.../outside.txt", 404),
                ("/.secret", 404), ("/.git/config", 404), ("/sub/.%2e/.git/config", 404), ("/%2esecret", 404),
                ("/.well-known/.x", 404), ("/" + "a" * 300, 404), ("/" + "a/" * 3000, 404)):
            with self.subTest(path[:40]):
                answer = self.get(path)
                self.assertEqual(answer.status, status)
                self.assertEqual(answer.get("connection"), "close" if status == 400 else None)
                self.assertNotIn(b"outside", answer.body)
                self.assertNotIn(b"secret", answer.body)

    def test_symbolic_links_stay_inside(self):
        (self.site / "inside").symlink_to("ten.txt")
        (self.site / "folder").symlink_to("sub")
        (self.site / "out").symlink_to("../outside.txt")
        (self.site / "absolute").symlink_to(self.site / "ten.txt")
        (self.site / "up").symlink_to("..")
        (self.site / "loop").symlink_to("loop")
        (self.site / "nowhere").symlink_to("missing")
        for path, status in (("/inside", 200), ("/folder/page.html", 200), ("/out", 403), ("/absolute", 403),
                             ("/up/outside.txt", 403), ("/loop", 403), ("/nowhere", 404)):
            with self.subTest(path):
                self.assertEqual(self.get(path).status, status)

    def test_what_is_no_file_or_may_not_be_read(self):
        os.mkfifo(self.site / "fifo")
        closed = self.web.write("site/closed.txt", "closed")
        closed.chmod(0)
        self.assertEqual(self.get("/fifo").status, 403)
        self.assertEqual(self.get("/closed.txt").status, 403)

    def test_folders(self):
        for path, location in (("/sub", "/sub/"), ("/sub?a=1&b", "/sub/?a=1&b"), ("/bare", "/bare/"), ("/docs", "/docs/"),
                               ("//sub", "/sub/"), ("/%2fexample.org", None)):
            with self.subTest(path):
                answer = self.get(path)
                if location is None:
                    self.assertEqual(answer.status, 400)
                else:
                    self.assertEqual((answer.status, answer.get("location")), (301, location))
        (self.site / "two words").mkdir()
        self.assertEqual(self.get("/two%20words").get("location"), "/two%20words/")
        self.assertEqual(self.get("/bare/").status, 404)       # no index there
        self.assertEqual(self.get("/noindex/").status, 403)    # folders are not listed
        self.assertEqual(self.get("/ten.txt/").status, 404)    # a file is no folder

    def test_other_methods(self):
        for method, status in ("POST", 405), ("PUT", 405), ("DELETE", 405), ("BREW", 405), ("get", 405), ("TRACE", 501):
            with self.subTest(method):
                answer = self.get("/ten.txt", "Content-Length: 0", method=method)
                self.assertEqual(answer.status, status)
                self.assertEqual(answer.get("allow"), "GET, HEAD" if status == 405 else None)
        self.assertEqual(self.ask("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n").status, 501)
        self.assertEqual(self.ask("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").status, 204)
        # A body nobody wants is no next request.
        peer = self.connect()
        peer.send("GET /ten.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /GET /ten.txt HTTP/1.1\r\nHost: b\r\n\r\n")
        self.assertEqual([peer.message().body, peer.message().body], [b"0123456789"] * 2)
        peer = self.connect()
        peer.send("GET /ten.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\nGET /style.css HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = peer.message()
        self.assertEqual((answer.status, answer.get("connection")), (200, "close"))
        peer.socket.shutdown(1)
        self.assertEqual(peer.rest(), b"")

    def test_a_file_that_shrinks_while_it_is_sent_cuts_the_connection(self):
        path = self.site / "sparse.bin"
        with open(path, "wb") as file:
            file.truncate(64 << 20)
        peer = self.connect()
        peer.send("GET /sparse.bin HTTP/1.1\r\nHost: a\r\n\r\n")
        peer.head()
        os.truncate(path, 1000)
        started = time.monotonic()
        self.assertLess(len(peer.rest()), 64 << 20)
        self.assertLess(time.monotonic() - started, 10)


if __name__ == "__main__":
    mainstay.main()
