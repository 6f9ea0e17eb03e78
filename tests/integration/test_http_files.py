# SPDX-License-Identifier: GPL-3.0-or-later
"""What routes may ask for with files: other names, listings, coded files, several ranges, pages for errors."""
import email.parser
import email.policy
import gzip
import os

import http_peers
import mainstay


class Files(http_peers.TestCase):
    def setUp(self):
        super().setUp()
        self.web = self.serve(f"""
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            [site.main]
            hosts = ["*"]
            error_pages = "errors"

            [[site.main.route]]
            path = "/"
            root = "site"
            endings = [".html", ".txt"]
            cache_control = ["*.css: public, max-age=86400", "/img/*: no-store"]
            media_types = ["*.own: text/x-own", "*.css: text/x-css"]

            [[site.main.route]]
            path = "/app/"
            root = "app"
            strip_prefix = true
            fallback = "/index.html"

            [[site.main.route]]
            path = "/list/"
            root = "list"
            listing = true
            strip_prefix = true

            [[site.main.route]]
            path = "/coded/"
            root = "site"
            precompressed = true
            strip_prefix = true

            [[site.main.route]]
            path = "/links/"
            root = "site"
            follow_links = true
            strip_prefix = true

            [[site.main.route]]
            path = "/gone"
            status = 410
            """, {
                "site/about.html": "about", "site/both.txt": "text", "site/both.html": "page", "site/a.css": "p {}",
                "site/img/x.css": "i {}", "site/x.own": "own", "site/.hidden.html": "secret",
                "app/index.html": "the app", "app/main.js": "js",
                "list/b.txt": "bb", "list/a <&\">.txt": "a", "list/sub/x": "x", "list/.hidden": "h",
                "list/javascript:alert(1)": "evil", "list/index/index.html": "has one",
                "errors/404.html": "<p>not here", "errors/4xx.html": "<p>something is wrong", "outside.txt": "outside",
            })
        site = self.web.config / "site"
        self.text = b"some text that is long enough\n" * 100
        (site / "t.txt").write_bytes(self.text)
        (site / "t.txt.gz").write_bytes(gzip.compress(self.text))
        (site / "t.txt.br").write_bytes(b"as if brotli")
        (site / "out.txt").symlink_to("../outside.txt")
        self.large = os.urandom(300_000)
        (site / "large.bin").write_bytes(self.large)

    def test_a_large_file_that_is_rewritten_is_not_mixed(self):
        """In place, while a client takes it: the connection ends before the answer is whole."""
        path = self.web.config / "site/huge.bin"
        size = 64_000_000  # more than is under way at a time
        path.write_bytes(b"old " * (size // 4))
        with mainstay.connect(self.port) as client:
            client.sendall(b"GET /huge.bin HTTP/1.1\r\nHost: a\r\n\r\n")
            taken = len(client.recv(1000))
            with open(path, "r+b") as file:
                file.write(b"new " * (size // 4))
            while part := client.recv(1 << 20):
                taken += len(part)
        self.assertLess(taken, size)
        # The same with a longer one.
        with mainstay.connect(self.port) as client:
            client.sendall(b"GET /huge.bin HTTP/1.1\r\nHost: a\r\n\r\n")
            taken = len(client.recv(1000))
            path.write_bytes(b"newer" * (size // 4))
            while part := client.recv(1 << 20):
                taken += len(part)
        self.assertLess(taken, size)
        path.write_bytes(b"last" * (size // 4))
        # One that grows is sent as long as it was.
        with mainstay.connect(self.port) as client:
            client.sendall(b"GET /huge.bin HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            data = client.recv(1000)
            taken = len(data.partition(b"\r\n\r\n")[2])
            with open(path, "ab", buffering=0) as file:
                while part := client.recv(1 << 20):
                    taken += len(part)
                    file.write(b"more")
        self.assertEqual(taken, size)
        self.assertEqual(self.get("/huge.bin").body[-8:], b"moremore")

    def test_endings(self):
        self.assertEqual(self.get("/about").body, b"about")
        self.assertEqual(self.get("/both").body, b"page")
        self.assertEqual(self.get("/about").get("content-type"), "text/html; charset=utf-8")
        self.assertEqual(self.get("/about/").status, 404)
        self.assertEqual(self.get("/.hidden").status, 404)
        self.assertEqual(self.get("/img").status, 301)

    def test_single_page(self):
        for path in "/app/", "/app/deep/inside", "/app/x.js":
            answer = self.get(path)
            self.assertEqual((answer.status, answer.body, answer.get("content-type")),
                             (200, b"the app", "text/html; charset=utf-8"), path)
        self.assertEqual(self.get("/app/main.js").body, b"js")
        self.assertEqual(self.get("/app/x", method="POST").status, 405)

    def test_types_and_cache_control(self):
        seen = {path: (self.get(path).get("content-type"), self.get(path).get("cache-control"))
                for path in ("/a.css", "/img/x.css", "/x.own", "/about")}
        self.assertEqual(seen, {"/a.css": ("text/x-css", "public, max-age=86400"),
                                "/img/x.css": ("text/x-css", "public, max-age=86400"),
                                "/x.own": ("text/x-own", None), "/about": ("text/html; charset=utf-8", None)})

    def test_listing(self):
        for name, target in ("leak.txt", "../outside.txt"), ("leak", "/"), ("inside.txt", "b.txt"), ("inside", "sub"):
            (self.web.config / "list" / name).symlink_to(target)
        answer = self.get("/list/")
        page = answer.body.decode()
        self.assertEqual((answer.status, answer.get("content-type")), (200, "text/html; charset=utf-8"))
        self.assertIn('<a href="./a%20%3C&amp;%22%3E.txt">a &lt;&amp;&quot;&gt;.txt</a>', page)
        self.assertIn('href="./javascript:alert(1)"', page)
        self.assertLess(page.index('"./sub/"'), page.index('"./b.txt"'))
        self.assertNotIn("hidden", page)
        self.assertIn('"./inside.txt"', page)
        self.assertIn('"./inside/"', page)
        self.assertNotIn("leak", page)
        self.assertEqual(self.get("/list/a%20%3C&%22%3E.txt").body, b"a")
        self.assertEqual(self.get("/list/index/").body, b"has one")
        self.assertIn('"../"', self.get("/list/sub/").body.decode())
        self.assertEqual(self.get("/list/none/").status, 404)
        self.assertEqual(self.get("/list/sub").get("location"), "/list/sub/")
        for i in range(2100):
            (self.web.config / "list/sub" / f"n{i}").touch()
        page = self.get("/list/sub/").body.decode()
        self.assertIn("only 2000 are shown", page)
        self.assertEqual(page.count("<tr>"), 2001)

    def test_coded_files(self):
        def seen(accept, *fields):
            answer = self.get("/coded/t.txt", *([f"Accept-Encoding: {accept}"] if accept else []), *fields)
            return answer.get("content-encoding"), answer.body
        self.assertEqual(seen("gzip, br"), ("br", b"as if brotli"))
        self.assertEqual(seen("gzip;q=1, br;q=0.1")[0], "gzip")
        self.assertEqual(gzip.decompress(seen("gzip")[1]), self.text)
        for accept in None, "identity", "zstd", "br;q=0":
            self.assertEqual(seen(accept), (None, self.text), accept)
        plain = self.get("/coded/t.txt")
        coded = self.get("/coded/t.txt", "Accept-Encoding: br")
        self.assertEqual((plain.get("vary"), coded.get("vary")), ("Accept-Encoding", "Accept-Encoding"))
        self.assertEqual(plain.get("content-type"), coded.get("content-type"))
        self.assertNotEqual(plain.get("etag"), coded.get("etag"))
        self.assertEqual(self.get("/coded/t.txt", "Accept-Encoding: br", f"If-None-Match: {coded.get('etag')}").status, 304)
        self.assertEqual(self.get("/coded/t.txt", "Accept-Encoding: br", "Range: bytes=0-1").body, b"as")
        self.assertIsNone(self.get("/t.txt", "Accept-Encoding: br").get("content-encoding"))
        self.assertEqual(mainstay.run("curl", "-s", "--compressed", "-H", "Accept-Encoding: gzip",
                                      f"{self.url}/coded/t.txt").stdout.encode(), self.text)

    def test_several_ranges(self):
        for path, content in ("/large.bin", self.large), ("/t.txt", self.text):
            with self.subTest(path):
                answer = self.get(path, "Range: bytes=0-9, 100-199,-5")
                kind = answer.get("content-type")
                self.assertEqual((answer.status, kind.split(";")[0]), (206, "multipart/byteranges"))
                parts = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
                    b"Content-Type: " + kind.encode() + b"\r\n\r\n" + answer.body).get_payload()
                self.assertEqual([part.get("content-range") for part in parts],
                                 [f"bytes {first}-{last}/{len(content)}" for first, last in
                                  ((0, 9), (100, 199), (len(content) - 5, len(content) - 1))])
                for part in content[:10], content[100:200], content[-5:]:
                    self.assertIn(b"\r\n\r\n" + part + b"\r\n--", answer.body)
        answer = self.get("/t.txt", "Range: bytes=0-9,50000-")
        self.assertEqual((answer.status, answer.body), (206, self.text[:10]))
        self.assertEqual(self.get("/t.txt", "Range: bytes=0-,0-").status, 200)
        self.assertEqual(self.get("/t.txt", "Range: bytes=" + ",".join(f"{i}-{i}" for i in range(17))).status, 200)
        self.assertEqual(self.get("/t.txt", "Range: bytes=5000-,6000-").status, 416)

    def test_pages_for_errors(self):
        answer = self.get("/none")
        self.assertEqual((answer.status, answer.body, answer.get("content-type")),
                         (404, b"<p>not here", "text/html; charset=utf-8"))
        self.assertEqual((self.get("/gone").status, self.get("/gone").body), (410, b"<p>something is wrong"))
        self.assertEqual(self.get("/none", method="HEAD").get("content-length"), str(len("<p>not here")))
        (self.web.config / "errors/404.html").unlink()
        mainstay.wait_until(lambda: self.get("/none").body == b"<p>something is wrong", "the other page")
        (self.web.config / "errors/4xx.html").unlink()
        mainstay.wait_until(lambda: b"404 Not Found" in self.get("/none").body, "a page of the service's own")

    def test_links_that_lead_outside(self):
        self.assertEqual(self.get("/out.txt").status, 403)
        self.assertEqual(self.get("/links/out.txt").body, b"outside")


if __name__ == "__main__":
    mainstay.main()
