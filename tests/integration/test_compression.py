# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that are compressed on the way: files, a server's and a script's."""
import gzip
import os
import subprocess
import threading
import zlib

import http_peers
import mainstay

TEXT = b"".join(b"line %d of a text that repeats itself\n" % i for i in range(3000))


def decoded(coding: str, content: bytes) -> bytes:
    if coding == "gzip":
        return gzip.decompress(content)
    program = {"br": ["brotli", "-dc"], "zstd": ["zstd", "-dcq"]}[coding]
    return subprocess.run(program, input=content, capture_output=True, check=True).stdout


class Compression(http_peers.TestCase):
    def setUp(self):
        super().setUp()
        self.origin = self.backend(http_peers.answering(self.answer))
        self.service = self.serve(f"""
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            [site.main]
            hosts = ["*"]
            [[site.main.route]]
            path = "/"
            root = "site"
            compress = true
            [[site.main.route]]
            path = "/plain/"
            root = "site"
            strip_prefix = true
            [[site.main.route]]
            path = "/app/"
            backend = "app"
            compress = true
            strip_prefix = true
            [backend.app]
            health_interval = "1h"
            [backend.app.server.a]
            address = "127.0.0.1:{self.origin.port}"
            """, {"site/short.txt": "short"})
        site = self.service.config / "site"
        for name, content in (("text.txt", TEXT), ("large.txt", TEXT * 3), ("huge.txt", TEXT * 10),
                              ("small.html", TEXT[:5000]), ("noise.txt", os.urandom(9000)), ("photo.jpg", TEXT)):
            (site / name).write_bytes(content)
        self.site = site

    def answer(self, request):
        kind, fields, body = {
            "/text": ("text/plain", [], TEXT), "/json": ("application/vnd.x+json; a=b", ['ETag: "x"'], TEXT),
            "/image": ("image/png", [], TEXT), "/short": ("text/plain", [], b"short"),
            "/coded": ("text/plain", ["Content-Encoding: own"], TEXT), "/weak": ("text/plain", ['ETag: W/"y"'], TEXT),
            "/untouched": ("text/plain", ["Cache-Control: no-transform"], TEXT),
        }.get(request.start.split()[1], ("text/plain", [], b""))
        if request.start.split()[1] == "/chunked":
            parts = [TEXT[i:i + 7000] for i in range(0, len(TEXT), 7000)]
            return (b"HTTP/1.1 200 OK\r\nContent-Type: text/css\r\nTransfer-Encoding: chunked\r\n\r\n" +
                    b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n")
        return http_peers.ok(b"" if request.start.startswith("HEAD") else body, f"Content-Type: {kind}", *fields)

    def seen(self, path: str, accept: str = "gzip, br, zstd"):
        answer = self.get(path, f"Accept-Encoding: {accept}")
        self.assertEqual(answer.status, 200)
        return answer.get("content-encoding"), answer.body, answer

    def test_each_coding(self):
        for path in "/text.txt", "/large.txt", "/small.html", "/app/text", "/app/chunked", "/app/json":
            expected = {"/large.txt": TEXT * 3, "/small.html": TEXT[:5000]}.get(path, TEXT)
            for coding in "gzip", "br", "zstd":
                with self.subTest(path=path, coding=coding):
                    for _ in range(2):  # files: made, then kept
                        got, body, answer = self.seen(path, coding)
                        self.assertEqual(got, coding)
                        self.assertEqual(decoded(coding, body), expected)
                        self.assertLess(len(body), len(expected) // 2)
                        self.assertEqual(answer.get("vary"), "Accept-Encoding")

    def test_what_is_left_alone(self):
        for path in ("/short.txt", "/noise.txt", "/photo.jpg", "/huge.txt", "/plain/text.txt",
                     "/app/image", "/app/short", "/app/untouched"):
            self.assertIsNone(self.seen(path)[0], path)
        self.assertEqual(self.seen("/app/coded")[0], "own")
        for accept in "identity", "", "gzip;q=0", "deflate":
            self.assertIsNone(self.seen("/text.txt", accept)[0], accept)
            self.assertEqual(self.seen("/app/text", accept)[1], TEXT)

    def test_tags(self):
        self.assertEqual(self.seen("/app/json")[2].get("etag"), 'W/"x"')
        self.assertEqual(self.seen("/app/weak")[2].get("etag"), 'W/"y"')
        plain, coded = self.get("/text.txt").get("etag"), self.seen("/text.txt")[2].get("etag")
        self.assertNotEqual(plain, coded)
        self.assertEqual(self.get("/text.txt", "Accept-Encoding: br", f"If-None-Match: {coded}").status, 304)

    def test_a_new_version_is_coded_anew(self):
        self.assertEqual(decoded("gzip", self.seen("/text.txt", "gzip")[1]), TEXT)
        (self.site / "text.txt").write_bytes(TEXT[::-1])
        mainstay.wait_until(lambda: decoded("gzip", self.seen("/text.txt", "gzip")[1]) == TEXT[::-1], "the new version")

    def test_older_clients(self):
        answer = self.ask("GET /app/text HTTP/1.0\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
        self.assertEqual((gzip.decompress(answer.body), answer.get("content-length")), (TEXT, None))
        answer = self.get("/app/text", "Accept-Encoding: gzip", method="HEAD")
        self.assertIsNone(answer.get("content-encoding"))

    def test_what_comes_bit_by_bit_goes_out_so(self):
        def serve(peer):
            peer.message()
            peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            for i in range(3):
                event = b"data: event %d\n\n" % i
                peer.send(b"%x\r\n%s\r\n" % (len(event), event))
                self.heard[i].wait(mainstay.PATIENCE)
            peer.send(b"0\r\n\r\n")
        self.heard = [threading.Event() for _ in range(3)]
        origin = self.backend(serve)
        text = (self.service.config / "mainstay.toml").read_text()
        self.service.configure(text.replace(str(self.origin.port), str(origin.port)))
        self.service.apply()
        peer = self.connect()
        peer.send("GET /app/events HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
        self.assertEqual(peer.head().get("content-encoding"), "gzip")
        inflate = zlib.decompressobj(wbits=31)
        for i in range(3):
            text = b""
            while b"event %d\n\n" % i not in text:
                size = int(peer.until(b"\r\n"), 16)
                text += inflate.decompress(peer.exactly(size))
                peer.exactly(2)
            self.heard[i].set()  # only now the server goes on

    def test_by_a_client(self):
        reply = mainstay.run("curl", "-s", "--compressed", f"{self.url}/app/chunked")
        self.assertEqual(reply.stdout.encode(), TEXT)


if __name__ == "__main__":
    mainstay.main()
