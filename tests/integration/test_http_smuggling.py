# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that two servers could read in two ways: refused with 400 and a close, and no server sees them."""
import time

import http_peers
import mainstay
from http_peers import answering, ok

HOST = "Host: www.test\r\n"
SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: www.test\r\n\r\n"


def post(fields: str, body: str = "", version: str = "1.1") -> str:
    return f"POST /first HTTP/{version}\r\n{HOST}{fields}\r\n{body}"


def chunked(body: str) -> str:
    return post("Transfer-Encoding: chunked\r\n", body)


# What decides where a request ends, in the head.
HEADS = {
    "length and coding": post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    "coding and length": post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n"),
    "two lengths": post("Content-Length: 4\r\nContent-Length: 5\r\n", "body"),
    "twice the same length": post("Content-Length: 4\r\nContent-Length: 4\r\n", "body"),
    "list of lengths": post("Content-Length: 4, 5\r\n", "body"),
    "list of equal lengths": post("Content-Length: 4, 4\r\n", "body"),
    "length with sign": post("Content-Length: +4\r\n", "body"),
    "negative length": post("Content-Length: -4\r\n", "body"),
    "hexadecimal length": post("Content-Length: 0x4\r\n", "body"),
    "no length": post("Content-Length: \r\n", "body"),
    "length with space in it": post("Content-Length: 4 4\r\n", "body"),
    "length that overflows": post("Content-Length: 18446744073709551620\r\n", "body"),
    "length that is kept from the server": post("Connection: content-length\r\nContent-Length: 4\r\n", "body"),
    "chunked twice": post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"),
    "chunked in two fields": post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
    "chunked and identity": post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "0\r\n\r\n"),
    "another coding before": post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"),
    "another coding behind": post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"),
    "identity": post("Transfer-Encoding: identity\r\nContent-Length: 4\r\n", "body"),
    "a word that ends in chunked": post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
    "quoted chunked": post('Transfer-Encoding: "chunked"\r\n', "0\r\n\r\n"),
    "chunked with parameter": post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n"),
    "vertical tab before chunked": post("Transfer-Encoding: \x0bchunked\r\n", "0\r\n\r\n"),
    "comma before chunked": post("Transfer-Encoding: ,chunked\r\n", "0\r\n\r\n"),
    "no coding": post("Transfer-Encoding: \r\nContent-Length: 4\r\n", "body"),
    "chunked in HTTP/1.0": post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "1.0"),
    "space before colon": post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
    "tab before colon of length": post("Content-Length\t: 4\r\n", "body"),
    "folded field": post("X: a\r\n Content-Length: 4\r\n", "body"),
    "folded coding": post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n"),
    "space before first field": f"GET / HTTP/1.1\r\n {HOST}\r\n",
    "line feeds alone": f"GET / HTTP/1.1\n{HOST}\n".replace("\r", ""),
    "line feed in a field": post("X: a\nContent-Length: 4\r\n", "body"),
    "carriage return in a field": post("X: a\rContent-Length: 4\r\n", "body"),
    "carriage returns alone": post("X: a\r\rContent-Length: 4\r\n", "body"),
    "empty line that ends early": f"GET / HTTP/1.1\r\n{HOST}X: a\r\n\nY: b\r\n\r\n",
    "NUL in a value": post("X: a\0b\r\nContent-Length: 4\r\n", "body"),
    "NUL in a name": post("X\0: a\r\n"),
    "control character in a name": post("Content-Length\x01: 4\r\n", "body"),
    "8-bit name": post("Content-Length\xa0: 4\r\n", "body"),
    "no colon": post("Content-Length\r\n", "body"),
    "no name": post(": a\r\n"),
    "other Host than the target's": f"GET http://other.test/ HTTP/1.1\r\n{HOST}\r\n",
    "user in the target": f"GET http://www.test@other.test/ HTTP/1.1\r\n{HOST}\r\n",
    "two Hosts": f"GET / HTTP/1.1\r\n{HOST}Host: other.test\r\n\r\n",
    "list of Hosts": "GET / HTTP/1.1\r\nHost: www.test, other.test\r\n\r\n",
    "no Host": "GET / HTTP/1.1\r\n\r\n",
    "space in the target": f"GET /a b HTTP/1.1\r\n{HOST}\r\n",
    "two spaces": f"GET  / HTTP/1.1\r\n{HOST}\r\n",
    "tab for a space": f"GET\t/ HTTP/1.1\r\n{HOST}\r\n",
    "space before the method": f" GET / HTTP/1.1\r\n{HOST}\r\n",
    "space behind the version": f"GET / HTTP/1.1 \r\n{HOST}\r\n",
    "no version": f"GET /\r\n{HOST}\r\n",
    "version in lower case": f"GET / http/1.1\r\n{HOST}\r\n",
    "version of two digits": f"GET / HTTP/1.10\r\n{HOST}\r\n",
    "fragment": f"GET /a#b HTTP/1.1\r\n{HOST}\r\n",
    "two empty lines first": f"\r\n\r\nGET / HTTP/1.1\r\n{HOST}\r\n",
    "TLS hello": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}

# The same, in the framing of chunks.
CHUNKS = {
    "prefix 0x": "0x4\r\nbody\r\n0\r\n\r\n",
    "plus": "+4\r\nbody\r\n0\r\n\r\n",
    "minus": "-4\r\nbody\r\n0\r\n\r\n",
    "no size": "\r\nbody\r\n0\r\n\r\n",
    "extension without size": ";a\r\nbody\r\n0\r\n\r\n",
    "not hexadecimal": "g\r\nbody\r\n0\r\n\r\n",
    "too large": "fffffffffffffffff\r\nbody",
    "largest of 64 bits": "ffffffffffffffff\r\nbody",
    "wraps around": "10000000000000004\r\nbody\r\n0\r\n\r\n",
    "many zeros": "0" * 100 + "4\r\nbody\r\n0\r\n\r\n",
    "space before": " 4\r\nbody\r\n0\r\n\r\n",
    "space behind": "4 \r\nbody\r\n0\r\n\r\n",
    "space between": "4 4\r\nbody\r\n0\r\n\r\n",
    "comma": "4,5\r\nbody\r\n0\r\n\r\n",
    "line feed alone": "4\nbody\r\n0\r\n\r\n",
    "carriage return alone": "4\rbody\r\n0\r\n\r\n",
    "line feed in extension": "4;a\nb\r\nbody\r\n0\r\n\r\n",
    "NUL in extension": "4;a\0b\r\nbody\r\n0\r\n\r\n",
    "no CRLF behind the content": "4\r\nbody0\r\n\r\n",
    "line feed behind the content": "4\r\nbody\n0\r\n\r\n",
    "longer than said": "3\r\nbody\r\n0\r\n\r\n",
    "two carriage returns": "4\r\nbody\r\r\n0\r\n\r\n",
    "trailer without colon": "0\r\nSmuggled\r\n\r\n",
    "trailer with space before colon": "0\r\nA : b\r\n\r\n",
    "folded trailer": "0\r\nA: b\r\n c\r\n\r\n",
    "line feed in trailer": "0\r\nA: b\n\r\n\r\n",
    "request for a trailer": "0\r\nGET / HTTP/1.1\r\n\r\n",
    "line feed at the end": "4\r\nbody\r\n0\r\n\n",
    "endless extension": "4;" + "a" * 20_000 + "\r\nbody\r\n0\r\n\r\n",
}


class Smuggling(http_peers.TestCase):
    def setUp(self):
        super().setUp()
        self.target = self.backend(answering(ok()))
        self.serve_backend(self.target.port, backend="retries = 0")

    def assertRefused(self, peer: http_peers.Peer, status: int = 400):
        answer = peer.message()
        self.assertEqual((answer.status, answer.get("connection")), (status, "close"))
        # No second answer: what followed was taken for nothing.
        self.assertEqual(peer.rest(), b"")
        peer.close()

    def test_heads(self):
        for name, request in HEADS.items():
            with self.subTest(name):
                peer = self.connect()
                peer.send(request + SMUGGLED)
                self.assertRefused(peer)
        self.assertEqual(self.target.received, [])

    def test_heads_behind_a_good_request(self):
        for name, request in HEADS.items():
            with self.subTest(name):
                peer = self.connect()
                peer.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n" + request + SMUGGLED)
                self.assertEqual(peer.message().status, 204)
                self.assertRefused(peer)
        self.assertEqual(self.target.received, [])

    def test_heads_byte_by_byte(self):
        for name, request in HEADS.items():
            with self.subTest(name):
                peer = self.connect()
                peer.socket.setsockopt(6, 1, 1)  # TCP_NODELAY
                try:
                    for byte in request.encode("latin-1") + SMUGGLED.encode():
                        peer.send(bytes([byte]))
                except (BrokenPipeError, ConnectionResetError):
                    pass  # refused before the end
                self.assertRefused(peer)
        self.assertEqual(self.target.received, [])

    def test_empty_lines_that_come_apart(self):
        """How a request arrives does not change what it is."""
        for before in "", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n":
            with self.subTest(before):
                peer = self.connect()
                if before:
                    peer.send(before)
                    self.assertEqual(peer.message().status, 204)
                for line in "\r\n", "\r\n", SMUGGLED:
                    peer.send(line)
                    time.sleep(0.1)
                self.assertRefused(peer)
        self.assertEqual(self.target.received, [])

    def test_chunks(self):
        for name, body in CHUNKS.items():
            with self.subTest(name):
                peer = self.connect()
                peer.send(chunked(body) + SMUGGLED)
                self.assertRefused(peer)
        self.assertEqual(self.target.received, [])

    def test_chunks_that_come_later(self):
        """The server has seen the head by then. It must not see an end of the body, nor what came behind it."""
        for name, body in CHUNKS.items():
            with self.subTest(name):
                peer = self.connect()
                before = len(self.target.received)
                peer.send(chunked(""))
                mainstay.wait_until(lambda: len(self.target.received) > before, "the head has arrived", 5)
                peer.send(body + SMUGGLED)
                self.assertRefused(peer)
        time.sleep(0.1)
        for received in self.target.received:
            self.assertTrue(received.startswith(b"POST /first HTTP/1.1\r\n"))
            self.assertNotIn(b"\r\n0\r\n", received)
            self.assertNotIn(b"smuggled", received)

    def test_version(self):
        for version in "2.0", "0.9", "3.1":
            with self.subTest(version):
                peer = self.connect()
                peer.send(f"GET / HTTP/{version}\r\n{HOST}\r\n" + SMUGGLED)
                self.assertRefused(peer, 505)
        self.assertEqual(self.target.received, [])

    def test_one_empty_line_that_comes_early_is_skipped(self):
        peer = self.connect()
        for part in "\r\n", f"GET / HTTP/1.1\r\n{HOST}\r\n", "\r\n", f"GET / HTTP/1.1\r\n{HOST}\r\n":
            peer.send(part)
            time.sleep(0.1)
        self.assertEqual([peer.message().status for _ in range(2)], [200, 200])

    def test_good_requests_pass(self):
        """The same bytes without the fault do arrive, so that the tests above can fail."""
        for request in (post("Content-Length: 4\r\n", "body"), chunked("4\r\nbody\r\n0\r\n\r\n"),
                        chunked("0004 ;a=b\r\nbody\r\n0\r\nA: b\r\n\r\n"), chunked("0\r\n\r\n"), f"\r\nGET / HTTP/1.1\r\n{HOST}\r\n",
                        f"GET http://www.test/ HTTP/1.1\r\n{HOST}\r\n", post("X:\r\nY: a\tb \r\n")):
            with self.subTest(request):
                peer = self.connect()
                peer.send(request + SMUGGLED)
                self.assertEqual([peer.message().status for _ in range(2)], [200, 200])
        self.assertEqual(b"".join(self.target.received).count(b"GET /smuggled HTTP/1.1\r\n"), 7)


if __name__ == "__main__":
    mainstay.main()
