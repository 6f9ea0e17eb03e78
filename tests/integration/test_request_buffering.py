# SPDX-License-Identifier: GPL-3.0-or-later
"""Bodies that are gathered before a server has to do with them: in memory, and on the disk what is too large for that."""
import json
import random
import tempfile
import threading

import buffering
import http_peers
import mainstay
from buffering import MIB, Memory, content, digest, spooled

GUNICORN = """
import hashlib
def app(environ, start_response):
    digest, size = hashlib.sha256(), 0
    while part := environ["wsgi.input"].read(65536):
        digest.update(part)
        size += len(part)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{size} {digest.hexdigest()}".encode()]
"""


class TestCase(buffering.TestCase):
    def upload(self, path: str, body: bytes, *options: str) -> mainstay.Reply:
        with tempfile.NamedTemporaryFile() as file:
            file.write(body)
            file.flush()
            return mainstay.curl(self.url + path, "--data-binary", f"@{file.name}", "-H", "Expect:", *options)

    def begin(self, size: int, sent: bytes, *fields: str, method: str = "POST", path: str = "/echo") -> http_peers.Peer:
        peer = self.connect()
        lines = "".join(f"{field}\r\n" for field in fields)
        peer.send(f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n{lines}\r\n", sent)
        return peer


class Apps(TestCase):
    def test_slow_uploads_hold_no_worker(self):
        self.serve_app(command='command = "gunicorn"\narguments = ["--bind", "127.0.0.1:{port}", "shop:app"]',
                       files={"shop.py": GUNICORN})
        body, memory = content(MIB), Memory(self.service)
        uploads = [self.begin(MIB, body[:700_000]) for _ in range(200)]
        mainstay.wait_until(lambda: sum(spooled(self.service)) > 200 * 600_000, "most of it is on the disk")
        for _ in range(20):  # by its only worker
            self.assertEqual(mainstay.curl(self.url + "/", seconds=5).status, 200)
        self.assertEqual(self.in_flight(), 0)
        self.assertLess(memory.growth(), 40 * MIB)
        for peer in uploads:
            peer.send(body[700_000:])
        for peer in uploads:
            self.assertEqual(peer.message().body.decode(), f"{MIB} {digest(body)}")
        self.await_stored()

    def test_a_large_upload_takes_little_memory(self):
        self.serve_node()
        body = content(100 * MIB)
        memory = Memory(self.service)
        peer = self.begin(len(body), body[:-1])
        self.await_stored(len(body) - 1 - (len(body) - 1) % 65536)
        self.assertEqual(self.in_flight(), 0)
        peer.send(body[-1:])
        told = json.loads(peer.message().body)
        self.assertEqual((told["bytes"], told["sha256"]), (len(body), digest(body)))
        self.await_stored()
        self.assertEqual(list((self.service.state / "spool").iterdir()), [])
        self.assertLess(memory.growth(), 16 * MIB)
        # And the connection is of use.
        peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertEqual(peer.message().body, b"a\n")

    def test_however_it_comes_it_goes_with_its_length(self):
        self.serve_node()
        for size in 65_535, 65_536, 65_537, 200_000, 3_000_000:
            body = content(size)
            for options in [], ["-H", "Transfer-Encoding: chunked"], ["--http2-prior-knowledge"], \
                    ["--http2-prior-knowledge", "-H", "Content-Length:"], ["-X", "PUT", "-H", "Expect: 100-continue"]:
                with self.subTest(size=size, options=options):
                    told = json.loads(self.upload("/echo", body, *options).body)
                    fields = {name.lower(): value for name, value in told["headers"]}
                    self.assertEqual((told["bytes"], told["sha256"]), (size, digest(body)))
                    self.assertEqual((fields["content-length"], fields.get("transfer-encoding")), (str(size), None))
        self.await_stored()

    def test_chunks_however_they_are_cut(self):
        self.serve_node()
        body = content(300_000)
        dice = random.Random(1)
        for most in 1, 3, 1000, 150_000:
            chunks, at = [], 0
            while at < len(body):
                part = body[at:at + dice.randint(1, most)]
                chunks.append(b"%x\r\n%s\r\n" % (len(part), part))
                at += len(part)
                if most == 1 and at > 80_000:
                    break
            peer = self.connect()
            peer.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", *chunks,
                      "0\r\nTrailer: x\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")  # and another one behind it
            told = json.loads(peer.message().body)
            self.assertEqual((told["bytes"], told["sha256"]), (at, digest(body[:at])))
            self.assertEqual(peer.message().body, b"a\n")

    def test_what_is_malformed_is_refused_and_forgotten(self):
        self.serve_node()
        peer = self.connect()
        peer.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "186a0\r\n", content(100_000),
                  "\r\nzz\r\n")
        self.assertEqual(peer.message().status, 400)
        self.await_stored()

    def test_too_large_a_body_bothers_no_server(self):
        self.serve_node(listener='max_body = "100KiB"')
        self.assertEqual(self.begin(102_401, b"x" * 100).message().status, 413)
        peer = self.connect()
        peer.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
                  b"10000\r\n" + b"x" * 65536 + b"\r\na000\r\n" + b"x" * 0xa000 + b"\r\n")
        self.assertEqual(peer.message().status, 413)
        self.assertEqual(self.upload("/echo", b"x" * 102_400).status, 200)
        port = int(self.app()["instances"][0]["address"].rpartition(":")[2])
        self.assertEqual(json.loads(mainstay.curl(f"http://127.0.0.1:{port}/count").body)["requests"], 1)
        self.await_stored()

    def test_clients_that_go_away(self):
        self.serve_node()
        peers = [self.begin(MIB, content(500_000)) for _ in range(20)]
        mainstay.wait_until(lambda: len(spooled(self.service)) == 20, "all are on the disk")
        for peer in peers:
            peer.close()
        self.await_stored()
        port = int(self.app()["instances"][0]["address"].rpartition(":")[2])
        self.assertEqual(json.loads(mainstay.curl(f"http://127.0.0.1:{port}/count").body)["requests"], 0)

    def test_space_is_bounded_over_all(self):
        self.serve_node(service='spool_limit = "1MiB"')
        self.assertEqual(self.begin(MIB + 1, b"x").message().status, 413)
        first = self.begin(MIB, content(700_000))
        mainstay.wait_until(lambda: sum(spooled(self.service)) > 600_000, "most of it is on the disk")
        self.assertEqual(self.upload("/echo", content(600_000)).status, 503)
        self.assertEqual(self.upload("/echo", content(60_000)).status, 200)  # in memory
        self.assertIn("bodies take", self.service.output())
        first.send(content(MIB)[700_000:])
        self.assertEqual(first.message().status, 200)
        mainstay.wait_until(lambda: self.upload("/echo", content(600_000)).status == 200, "there is room again")
        # A setting that is changed counts at once.
        toml = (self.service.config / "mainstay.toml").read_text()
        self.service.configure(toml.replace('"1MiB"', '"10MiB"'))
        self.service.apply()
        self.assertEqual(self.upload("/echo", content(3 * MIB)).status, 200)

    def test_while_the_answer_is_on_its_way_the_space_is_free(self):
        self.serve_node()
        peer = self.begin(MIB, content(MIB), path="/chunked?parts=1000&ms=1000")
        peer.until(b"part 0")
        self.await_stored()

    def test_off_is_passed_on_as_it_comes(self):
        self.serve_node(route='request_buffering = "off"')
        peer = self.begin(MIB, b"x")
        mainstay.wait_until(lambda: self.in_flight() == 1, "the instance has it")
        self.assertEqual(spooled(self.service), [])
        peer.send(b"x" * (MIB - 1))
        self.assertEqual(json.loads(peer.message().body)["bytes"], MIB)

    def test_a_stop_ends_what_does_not_come(self):
        self.serve_node(service='drain_timeout = "1s"')
        peer = self.begin(MIB, content(500_000))
        mainstay.wait_until(lambda: spooled(self.service), "it is on the disk")
        self.assertEqual(self.service.stop(), 0)
        self.assertEqual(peer.rest(), b"")


class Backends(TestCase):
    def serve_peers(self, *serve, route: str = 'request_buffering = "on"', **options) -> list:
        backends = [self.backend(one) for one in serve]
        self.service = self.serve_backend(*(backend.port for backend in backends), route=route, **options)
        return backends

    def test_the_first_byte_is_there_before_the_last_is_sent_unless_it_is_buffered(self):
        for route in "", 'request_buffering = "off"', 'request_buffering = "on"':
            with self.subTest(route):
                self.port = mainstay.free_port()
                server, = self.serve_peers(http_peers.answering(http_peers.ok()), route=route)
                peer = self.begin(300_000, b"first" + b"x" * 199_995)
                if '"on"' in route:
                    mainstay.wait_until(lambda: spooled(self.service), "it is on the disk")
                    self.assertEqual(server.received, [])
                else:
                    mainstay.wait_until(lambda: b"first" in b"".join(server.received), "the server has the first byte")
                    self.assertEqual(spooled(self.service), [])
                peer.send(b"x" * 100_000)
                self.assertEqual(peer.message().status, 200)

    def test_it_is_sent_again_to_another_server(self):
        body = content(300_000)

        def leaves(peer):
            peer.head()
            peer.exactly(100_000)

        def leaves_late(peer):
            peer.message()

        for broken, route in (leaves, 'request_buffering = "on"'), (leaves_late, 'request_buffering = "on"'), (leaves, ""):
            with self.subTest(broken.__name__, route=route):
                self.port = mainstay.free_port()
                well = http_peers.answering(lambda request: http_peers.ok(digest(request.body).encode()))
                self.serve_peers(broken, well, route=route)
                for _ in range(4):
                    self.assertEqual(self.begin(len(body), body, method="PUT").message().body.decode(), digest(body))
                statuses = {self.begin(len(body), body).message().status for _ in range(4)}
                self.assertEqual(statuses, {200, 502})  # POST is not repeated
                mainstay.wait_until(lambda: not spooled(self.service), "nothing is left")

    def test_an_answer_that_comes_before_all_is_read(self):
        def refuses(peer):
            peer.head()
            peer.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
            peer.exactly(1)
            threading.Event().wait(2)

        self.serve_peers(refuses)
        body = content(20 * MIB)
        peer = self.begin(len(body), body)
        answer = peer.message()
        self.assertEqual((answer.status, answer.body), (403, b"no"))
        mainstay.wait_until(lambda: not spooled(self.service), "nothing is left")
        peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertEqual(peer.message().status, 403)

    def test_a_server_that_takes_it_slowly(self):
        def slow(peer):
            head = peer.head()
            size, body = int(head.get("content-length")), b""
            while len(body) < size:
                body += peer.exactly(min(MIB, size - len(body)))
                threading.Event().wait(0.05)
            peer.send(http_peers.ok(digest(body).encode()))

        self.serve_peers(slow)
        memory = Memory(self.service)
        body = content(30 * MIB)
        self.assertEqual(self.begin(len(body), body).message().body.decode(), digest(body))
        self.assertLess(memory.growth(), 16 * MIB)

    def test_a_route_that_has_changed_meanwhile_rewrites_anew(self):
        server, = self.serve_peers(http_peers.answering(lambda request: http_peers.ok(request.start.encode())),
                                   route='request_buffering = "on"\nrewrite = "/old{path}"')
        peer = self.begin(100_000, b"x" * 90_000, path="/a")
        mainstay.wait_until(lambda: spooled(self.service), "it is on the disk")
        toml = (self.service.config / "mainstay.toml").read_text()
        for rewrite, seen in ('rewrite = "/new{path}?x"', b"POST /new/a?x HTTP/1.1"), ("", b"POST /a HTTP/1.1"):
            self.service.configure(toml.replace('rewrite = "/old{path}"', rewrite))
            self.service.apply()
            peer.send(b"x" * 10_000)
            self.assertEqual(peer.message().body, seen)
            peer = self.begin(100_000, b"x" * 90_000, path="/a")
            mainstay.wait_until(lambda: spooled(self.service), "it is on the disk")
        # Whom others may ask by now gets nothing by the leave that was given for the earlier one.
        self.service.configure(toml.replace('rewrite = "/old{path}"', 'rewrite = "/inner"\ndeny = ["10.0.0.0/8"]'))
        self.service.apply()
        peer.send(b"x" * 10_000)
        self.assertEqual(peer.message().body, b"POST /a HTTP/1.1")


if __name__ == "__main__":
    mainstay.main()
