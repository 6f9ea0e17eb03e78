# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that are taken off a server before the client has read them."""
import socket
import subprocess
import threading
import time

import buffering
import http_peers
import mainstay
from buffering import MIB, Memory, content, digest, spooled

GUNICORN = """
import random
def app(environ, start_response):
    size = int(environ["QUERY_STRING"] or 0)
    start_response("200 OK", [("Content-Type", "application/octet-stream"), ("Content-Length", str(size))])
    return [random.Random(size).randbytes(size)]
"""


class TestCase(buffering.TestCase):
    def ask(self, path: str, *fields: str) -> http_peers.Peer:
        """By a client with little room, who does not read by itself."""
        client = socket.socket()
        self.addCleanup(client.close)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.settimeout(mainstay.PATIENCE)
        client.connect(("127.0.0.1", self.port))
        lines = "".join(f"{field}\r\n" for field in fields)
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n{lines}\r\n".encode())
        return http_peers.Peer(client)

    def await_idle(self):
        mainstay.wait_until(lambda: self.in_flight() == 0, "no instance has anything to do")


class Apps(TestCase):
    def serve_gunicorn(self, **options):
        """With one worker."""
        self.serve_app(command='command = "gunicorn"\narguments = ["--bind", "127.0.0.1:{port}", "shop:app"]',
                       files={"shop.py": GUNICORN}, **options)

    def test_slow_readers_hold_no_worker(self):
        self.serve_gunicorn()
        size, memory = 12 * MIB, Memory(self.service)
        readers = [self.ask(f"/?{size}") for _ in range(10)]
        mainstay.wait_until(lambda: len(spooled(self.service)) == 10, "all answers are on the disk")
        self.await_idle()
        for _ in range(20):
            self.assertEqual(mainstay.curl(self.url + "/?100", seconds=5).status, 200)
        for reader in readers:
            self.assertEqual(digest(reader.message().body), digest(content(size)))
            reader.send("GET /?5 HTTP/1.1\r\nHost: a\r\n\r\n")  # and the connection is of use
            self.assertEqual(reader.message().body, content(5))
        self.await_stored()
        self.assertLess(memory.growth(), 40 * MIB)

    def test_over_http2_and_tls(self):
        self.serve_gunicorn(listener='protocol = "https"\ndefault_certificate = "local"',
                            settings='[certificate.local]\nsource = "local"\nnames = ["a.test"]')
        size = 12 * MIB
        for version in "--http1.1", "--http2":
            with self.subTest(version), subprocess.Popen(
                    ["curl", "-sSk", version, "--limit-rate", "6M", f"https://127.0.0.1:{self.port}/?{size}"],
                    stdout=subprocess.PIPE) as curl:
                mainstay.wait_until(lambda: spooled(self.service), "some of it is on the disk")
                self.await_idle()
                self.assertIsNone(curl.poll())
                self.assertEqual(digest(curl.stdout.read()), digest(content(size)))
                self.await_stored()

    def test_readers_that_go_away(self):
        self.serve_gunicorn()
        readers = [self.ask(f"/?{12 * MIB}") for _ in range(5)]
        mainstay.wait_until(lambda: len(spooled(self.service)) == 5, "all answers are on the disk")
        for reader in readers:
            reader.close()
        self.await_stored()
        self.assertEqual(mainstay.curl(self.url + "/?100", seconds=5).status, 200)

    def test_readers_that_read_nothing_are_cut_off(self):
        self.serve_gunicorn(listener='write_timeout = "1s"')
        reader = self.ask(f"/?{12 * MIB}")
        mainstay.wait_until(lambda: spooled(self.service), "the answer is on the disk")
        self.await_stored()
        self.assertLess(len(reader.rest()), 12 * MIB)

    def test_what_has_no_room_waits_for_its_client(self):
        self.serve_gunicorn(service='spool_limit = "4MiB"')
        reader = self.ask(f"/?{16 * MIB}")
        mainstay.wait_until(lambda: sum(spooled(self.service)) > MIB, "some of it is on the disk")
        time.sleep(0.5)
        self.assertLessEqual(sum(spooled(self.service)), 2 * MIB)  # the other half is for requests
        self.assertEqual(self.in_flight(), 1)
        self.assertEqual(digest(reader.message().body), digest(content(16 * MIB)))
        self.await_stored()
        self.assertNotIn("spool_limit", self.service.output())

    def test_a_stop_waits_for_readers_as_long_as_it_says(self):
        self.serve_gunicorn(service='drain_timeout = "1s"')
        reader = self.ask(f"/?{12 * MIB}")
        mainstay.wait_until(lambda: spooled(self.service), "the answer is on the disk")
        self.assertEqual(self.service.stop(), 0)
        self.assertLess(len(reader.rest()), 12 * MIB)


class Backends(TestCase):
    def serve_peer(self, serve, route: str = 'response_buffering = "on"') -> http_peers.Backend:
        server = self.backend(serve)
        self.service = self.serve_backend(server.port, route=route)
        return server

    def test_each_framing(self):
        body = content(16 * MIB)
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part)
                          for part in (body[at:at + 100_000] for at in range(0, len(body), 100_000))) + b"0\r\n\r\n"
        answers = {"length": b"Content-Length: %d\r\n\r\n%s" % (len(body), body),
                   "chunks": b"Transfer-Encoding: chunked\r\n\r\n" + chunks,
                   "end": b"Connection: close\r\n\r\n" + body}
        done = threading.Semaphore(0)

        def serve(peer):
            peer.send(b"HTTP/1.1 200 OK\r\n", answers[peer.message().start.split("/")[1].split()[0]])
            done.release()

        self.serve_peer(serve)
        for kind in answers:
            with self.subTest(kind):
                reader = self.ask("/" + kind)
                self.assertTrue(done.acquire(timeout=mainstay.PATIENCE))  # it has been taken, and nobody has read
                self.assertEqual(digest(reader.message().body), digest(body))
                self.await_stored()

    def test_without_it_the_server_waits(self):
        done = threading.Event()
        size = 32 * MIB  # more than the system's buffers hold, all the way

        def serve(peer):
            peer.message()
            peer.send(http_peers.ok(content(size)))
            done.set()

        self.serve_peer(serve, route="")
        reader = self.ask("/")
        self.assertFalse(done.wait(1))
        self.assertEqual(spooled(self.service), [])
        self.assertEqual(digest(reader.message().body), digest(content(size)))

    def test_what_comes_is_passed_on_at_once(self):
        go = threading.Semaphore(0)

        def serve(peer):
            peer.message()
            peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            for number in range(5):
                peer.send(f"7\r\nevent {number}\r\n")
                go.acquire(timeout=mainstay.PATIENCE)
            peer.send("0\r\n\r\n")

        self.serve_peer(serve)
        reader = self.ask("/")
        for number in range(5):
            reader.until(f"event {number}".encode())
            go.release()
        self.assertEqual(spooled(self.service), [])

    def test_a_client_that_reads_now_and_then(self):
        """Who catches up has the space freed, and falls behind again."""
        go = threading.Semaphore(0)
        part = content(8 * MIB)

        def serve(peer):
            peer.message()
            peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {3 * len(part)}\r\n\r\n")
            for _ in range(3):
                go.acquire(timeout=mainstay.PATIENCE)
                peer.send(part)

        self.serve_peer(serve)
        reader = self.ask("/")
        for number in range(3):
            go.release()
            mainstay.wait_until(lambda: spooled(self.service), "some of it is on the disk")
            if number == 0:
                reader.head()
            self.assertEqual(digest(reader.exactly(len(part))), digest(part))
            self.await_stored()

    def test_a_server_that_breaks_off(self):
        def serve(peer):
            peer.message()
            peer.send(f"HTTP/1.1 200 OK\r\nContent-Length: {16 * MIB}\r\n\r\n", content(12 * MIB))

        self.serve_peer(serve)
        reader = self.ask("/")
        mainstay.wait_until(lambda: sum(spooled(self.service)) > MIB, "some of it is on the disk")
        reader.head()
        self.assertLessEqual(len(reader.rest()), 12 * MIB)
        self.await_stored()


if __name__ == "__main__":
    mainstay.main()
