# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP/2: over TLS and without, as real clients speak it, and as they should not."""
import hashlib
import json
import os
import re
import struct
import subprocess
import tempfile
import threading
import time

import h2.errors
import h2.events
import h2.settings

import http2_client
import http_peers
import mainstay

# The second when the library that reads the frames saw it first.
ENOUGH = {h2.errors.ErrorCodes.ENHANCE_YOUR_CALM, h2.errors.ErrorCodes.INTERNAL_ERROR}


class TestCase(http_peers.TestCase):
    def setUp(self):
        super().setUp()
        self.tls = mainstay.free_port()
        self.node_a = self.node("a")
        self.large = os.urandom(5_000_000)
        self.toml = f"""
            [service]
            workers = 1
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            [listener.tls]
            address = ["127.0.0.1:{self.tls}"]
            protocol = "https"
            default_certificate = "local"
            [certificate.local]
            source = "local"
            names = ["www.test"]
            [site.all]
            hosts = ["*"]
            [[site.all.route]]
            path = "/"
            root = "site"
            [[site.all.route]]
            path = "/node/"
            backend = "node"
            strip_prefix = true
            [backend.node]
            response_timeout = "5s"
            [backend.node.server.a]
            address = "127.0.0.1:{self.node_a.port}"
            """
        self.service = self.prepare(self.toml, {"site/index.html": "hello"})
        (self.service.config / "site/large").write_bytes(self.large)
        self.service.start()
        self.service.wait_serving()
        self.url = f"https://www.test:{self.tls}"

    def curl(self, path, *options):
        return mainstay.curl(self.url + path, "--cacert", str(self.service.state / "ca/ca.pem"), "--resolve",
                             f"www.test:{self.tls}:127.0.0.1", *options)

    def client(self) -> http2_client.Client:
        client = http2_client.Client(self.port)
        self.addCleanup(client.close)
        return client

    def configure_listener(self, setting: str):
        address = f'address = ["127.0.0.1:{self.port}"]'
        self.service.configure(self.toml.replace(address, f"{address}\n{setting}"))
        self.service.apply()

    def assertServed(self):
        """Other clients do not notice."""
        reply = mainstay.curl(f"http://127.0.0.1:{self.port}/", "--http2-prior-knowledge")
        self.assertEqual((reply.status, reply.body), (200, b"hello"))


class Clients(TestCase):
    """With curl and h2load."""

    def test_protocol_is_agreed_upon(self):
        says_version = ["-w", "%{stderr}%{http_version}"]
        for options, version in (["--http2"], "2"), (["--http1.1"], "1.1"):
            reply = self.curl("/", *options, *says_version)
            self.assertEqual((reply.status, reply.body, reply.error), (200, b"hello", version))
        reply = mainstay.curl(f"http://127.0.0.1:{self.port}/", "--http2-prior-knowledge", *says_version)
        self.assertEqual((reply.status, reply.body, reply.error), (200, b"hello", "2"))
        log = self.service.state / "log/access.log"
        mainstay.wait_until(lambda: log.read_text().count("\n") >= 3, "three lines in the access log")
        self.assertEqual(re.findall(r'"GET / (HTTP/[\d.]+)" 200 5', log.read_text()), ["HTTP/2.0", "HTTP/1.1", "HTTP/2.0"])

    def test_nghttp(self):
        done = mainstay.run("nghttp", "-v", "-m", "8", f"http://127.0.0.1:{self.port}/", f"http://127.0.0.1:{self.port}/node/echo",
                            "-H", "priority: u=1")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout.count(":status: 200"), 16)

    def test_files(self):
        reply = self.curl("/large")
        self.assertEqual(hashlib.sha256(reply.body).digest(), hashlib.sha256(self.large).digest())
        etag = reply.headers["etag"]
        self.assertEqual(self.curl("/large", "-H", f"If-None-Match: {etag}").status, 304)
        part = self.curl("/large", "-H", "Range: bytes=100000-299999")
        self.assertEqual((part.status, part.body), (206, self.large[100000:300000]))
        head = self.curl("/large", "-I")
        self.assertEqual((head.status, head.headers["content-length"]), (200, str(len(self.large))))
        self.assertEqual(self.curl("/none").status, 404)

    def test_bodies_arrive_as_they_are(self):
        content = os.urandom(700_000)
        with tempfile.NamedTemporaryFile() as file:
            file.write(content)
            file.flush()
            for options in ["--data-binary", f"@{file.name}"], ["-T", file.name], \
                           ["-T", file.name, "-H", "Content-Length:"], ["-T", file.name, "-H", "Expect: 100-continue"]:
                with self.subTest(options):
                    reply = mainstay.curl(f"http://127.0.0.1:{self.port}/node/echo", "--http2-prior-knowledge", *options)
                    seen = json.loads(reply.body)
                    self.assertEqual((seen["bytes"], seen["sha256"]), (len(content), hashlib.sha256(content).hexdigest()))

    def test_answers_arrive_as_they_are(self):
        self.assertEqual(self.curl("/node/big?bytes=3000000").body, b"x" * 3_000_000)
        reply = self.curl("/node/chunked?parts=500")
        self.assertEqual(reply.body, b"".join(b"part %d\n" % i for i in range(500)))
        self.assertNotIn("transfer-encoding", reply.headers)
        for code in 204, 304, 404, 500, 599:
            self.assertEqual(self.curl(f"/node/status?code={code}").status, code)
        self.assertIn("curl: (92)", self.curl("/node/cut?bytes=100000").error)

    def test_what_the_server_sees(self):
        seen = json.loads(self.curl("/node/echo", "-H", "Cookie: a=b", "-H", "X-Forwarded-For: 6.6.6.6").body)
        fields = {name.lower(): value for name, value in seen["headers"]}
        self.assertEqual((fields["host"], fields["cookie"], fields["x-forwarded-for"], fields["x-forwarded-proto"]),
                         (f"www.test:{self.tls}", "a=b", "127.0.0.1", "https"))

    def test_many_streams(self):
        for path in "/", "/node/big?bytes=20000", "/large":
            with self.subTest(path):
                requests = 60 if path == "/large" else 4000
                done = mainstay.run("h2load", "-n", str(requests), "-c", "8", "-m", "32", f"https://127.0.0.1:{self.tls}{path}")
                self.assertIn(f"{requests} succeeded, 0 failed, 0 errored, 0 timeout", done.stdout)

    def test_stopping_loses_nothing(self):
        load = mainstay.start(["h2load", "-n", "40", "-c", "4", "-m", "10",
                               f"https://127.0.0.1:{self.tls}/node/chunked?parts=4&ms=200"],
                              stdout=subprocess.PIPE, text=True)
        time.sleep(0.5)
        self.assertEqual(self.service.stop(), 0)
        out = load.communicate(timeout=mainstay.PATIENCE)[0]
        self.assertIn("40 succeeded, 0 failed", out)


class Frames(TestCase):
    """With a client of frames."""

    def test_early_hints(self):
        client = self.client()
        stream = client.ask("/node/early")
        self.assertEqual(client.answer(stream), (200, b"a\n"))
        hints = client.of(h2.events.InformationalResponseReceived, stream)
        self.assertEqual(dict(hints[0].headers)[":status"], "103")

    def test_a_body_in_pieces(self):
        client = self.client()
        stream = client.ask("/node/echo", method="POST", ends=False)
        for _ in range(300):
            client.send(stream, b"x")
        client.send(stream, b"", ends=True)
        status, body = client.answer(stream)
        self.assertEqual((status, json.loads(body)["bytes"]), (200, 300))

    def test_a_client_that_takes_nothing_slows_nobody(self):
        client = self.client()
        stuck = client.ask("/large")
        client.wait(h2.events.DataReceived, stuck)
        for _ in range(20):  # of the connection's window, a stream's worth is taken
            client.h2.increment_flow_control_window(65535)
            self.assertEqual(client.answer(client.ask("/")), (200, b"hello"))
        self.assertFalse(client.of(h2.events.StreamEnded, stuck))
        self.assertServed()

    def test_a_body_beyond_the_limit(self):
        self.configure_listener('max_body = "10KiB"')
        client = self.client()
        stream = client.ask("/node/echo", ("content-length", "20000"), method="POST", ends=False)
        head = client.wait(h2.events.ResponseReceived, stream)
        self.assertEqual(dict(head.headers)[":status"], "413")

    def test_requests_that_are_none(self):
        for fields in [("bad\r\nname", "x")], [("x", "a\r\nb: c")], [("connection", "close")], [("X-Upper", "x")], \
                      [("transfer-encoding", "chunked")], [("content-length", "5")], [(":path", "/again")]:
            with self.subTest(fields):
                client = self.client()
                stream = client.ask("/node/echo", *fields)
                self.assertEqual(client.answer(stream)[0], 0)
                client.close()
        client = self.client()
        self.assertEqual(client.answer(client.ask("/a b"))[0], 0)
        self.assertEqual(self.node_a.count().get("/echo", 0), 0)
        log = self.service.state / "log/access.log"
        client = self.client()
        for path, fields in ("/node/echo", [("connection", "close")]), ("/node/echo", [("X-Upper", "x")]), ("/", []):
            stream = client.h2.get_next_available_stream_id()  # all at once
            client.h2.send_headers(stream, [(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", path),
                                            *fields], end_stream=True)
        client.flush()
        self.assertEqual(client.answer(stream), (200, b"hello"))
        mainstay.wait_until(lambda: log.read_text().count('"GET /node/echo HTTP/2.0" 400 ') == 9, "each is logged")
        self.assertServed()

    def test_a_head_too_large(self):
        client = self.client()
        stream = client.ask("/", *[(f"x-{i}", "v" * 1000) for i in range(60)])
        self.assertEqual(client.answer(stream)[0], 431)
        self.assertEqual(client.answer(client.ask("/")), (200, b"hello"))

    def test_a_bomb_of_fields(self):
        client = self.client()
        block = client.h2.encoder.encode([(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "a"),
                                          ("x", "v" * 4000)])
        index = bytes([0x80 | 62])  # the field added last, one byte for four thousand
        client.raw(1, 0x4 | 0x1, 1, block + index * 12000)
        self.assertIn(client.kinds_until({3, 7}).pop(), {3, 7})  # RST_STREAM or GOAWAY
        self.assertServed()

    def flood(self, send):
        """Until the server says that it is enough."""
        client = self.client()
        try:
            for number in range(200):
                for _ in range(100):
                    send(client)
                client.flush()
                if number > 9:
                    client.socket.settimeout(0.01)
                    try:
                        client.receive()
                    except TimeoutError:
                        pass
                if client.is_closed or client.of(h2.events.ConnectionTerminated):
                    break
        except OSError:
            pass  # the server has left
        client.socket.settimeout(mainstay.PATIENCE)
        while not client.is_closed and not client.of(h2.events.ConnectionTerminated):
            client.receive()
        for event in client.of(h2.events.ConnectionTerminated):
            self.assertIn(event.error_code, ENOUGH)
        self.assertLess(number, 199)
        self.assertServed()
        self.assertEqual(self.service.ctl("metrics")["process"]["floods"], 1)

    def test_flood_of_pings(self):
        self.flood(lambda client: client.h2.ping(b"12345678"))

    def test_flood_of_settings(self):
        self.flood(lambda client: client.raw(4, 0, 0, b""))

    def test_flood_of_window_updates(self):
        self.flood(lambda client: client.raw(8, 0, 0, b"\0\0\0\1"))

    def test_window_updates_for_a_long_answer_are_no_flood(self):
        client = self.client()
        size, received, updates = 20_000_000, 0, 0
        stream = client.ask(f"/node/big?bytes={size}")
        while received < size and client.receive():
            has_ended = bool(client.of(h2.events.StreamEnded, stream))
            for event in client.of(h2.events.DataReceived, stream):
                received += len(event.data)
                if event.data and not has_ended:
                    client.h2.increment_flow_control_window(event.flow_controlled_length)
                    client.h2.increment_flow_control_window(event.flow_controlled_length, stream)
                    updates += 2
            client.events.clear()
            client.flush()
        self.assertEqual(received, size)
        self.assertGreater(updates, 2000)

    def test_rapid_reset(self):
        def send(client):
            stream = client.h2.get_next_available_stream_id()
            client.h2.send_headers(stream, [(":method", "GET"), (":scheme", "http"), (":authority", "a"),
                                            (":path", "/node/chunked?parts=100&ms=100")], end_stream=True)
            client.h2.reset_stream(stream)
        self.flood(send)

    def test_streams_that_the_server_has_to_reset(self):
        """As many resets, for which the client sends none itself: more content than it has said."""
        client = self.client()
        block = client.h2.encoder.encode([(":method", "POST"), (":scheme", "http"), (":authority", "a"), (":path", "/node/echo"),
                                          ("content-length", "1")])
        try:
            for stream in range(1, 20_000, 2):
                client.raw(1, 0x4, stream, block)
                client.raw(0, 0, stream, b"xx")
        except OSError:
            pass  # the server has left
        mainstay.wait_until(lambda: self.service.ctl("metrics")["process"]["floods"] == 1, "it was enough")
        self.assertServed()

    def test_a_refused_head_is_nobody_elses(self):
        self.configure_listener('head_timeout = "700ms"')
        client = self.client()
        upload = client.ask("/node/echo", ("content-length", "8"), method="POST", ends=False)
        client.send(upload, b"half")
        bad = client.h2.get_next_available_stream_id()
        client.h2.send_headers(bad, [(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/none")])
        client.flush()
        worse = client.h2.get_next_available_stream_id()
        block = client.h2.encoder.encode([(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/none"),
                                          ("X-Upper", "y")])
        client.raw(1, 0x4 | 0x1, worse, block)
        client.h2.highest_outbound_stream_id = worse  # the library does not know of it
        time.sleep(0.1)
        client.send(upload, b"full", ends=True)
        status, body = client.answer(upload)
        self.assertEqual((status, json.loads(body)["bytes"]), (200, 8))
        time.sleep(1)  # longer than a head may take
        self.assertEqual(client.answer(client.ask("/")), (200, b"hello"))
        self.assertFalse(client.of(h2.events.ConnectionTerminated))

    def test_a_stream_too_many(self):
        client = self.client()
        client.wait(h2.events.RemoteSettingsChanged)
        most = client.h2.remote_settings.max_concurrent_streams
        for number in range(most):
            client.ask("/node/slow?ms=1500")
        client.h2.remote_settings[h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS] = most + 1
        client.h2.remote_settings.acknowledge()
        client.ask("/")  # though it knows better
        self.assertEqual(client.wait(h2.events.ConnectionTerminated).error_code, h2.errors.ErrorCodes.PROTOCOL_ERROR)
        self.assertServed()

    def test_a_slow_head(self):
        self.configure_listener('head_timeout = "500ms"')
        client = self.client()
        began = time.monotonic()
        client.raw(1, 0, 1, client.h2.encoder.encode([(":method", "GET")]))  # and no more
        self.assertIsNotNone(client.wait(h2.events.ConnectionTerminated))
        self.assertLess(time.monotonic() - began, 5)
        self.assertServed()

    def test_priorities_are_accepted(self):
        client = self.client()
        client.h2.prioritize(1, weight=200, depends_on=0, exclusive=True)
        client.raw(16, 0, 0, b"\0\0\0\1u=1, i")  # PRIORITY_UPDATE (RFC 9218)
        self.assertEqual(client.answer(client.ask("/", ("priority", "u=0"))), (200, b"hello"))

    def test_a_listener_that_is_gone_tells_its_clients(self):
        """First that there is to be an end, then, once they know, which request was the last."""
        gate = threading.Event()

        def serve(peer):
            peer.message()
            gate.wait(mainstay.PATIENCE)
            peer.send(http_peers.ok(b"late"))

        slow = http_peers.Backend(serve)
        self.addCleanup(slow.end)
        toml = self.toml.replace(str(self.node_a.port), str(slow.port))
        for farewell in b"farewell", b"":
            with self.subTest(farewell):
                gate.clear()
                self.service.configure(toml)
                self.service.apply()
                client = self.client()
                self.assertEqual(client.answer(client.ask("/")), (200, b"hello"))
                waiting = client.ask("/node/slow")
                mainstay.wait_until(lambda: slow.received and b"slow" in slow.received[-1], "it is under way")
                self.service.configure(toml.replace("[listener.web]", "[listener.other]"))
                apply = threading.Thread(target=self.service.apply)
                apply.start()
                self.assertEqual(client.kinds_until({6}), [7, 6])  # GOAWAY, PING
                if farewell:
                    head = [(":method", "GET"), (":scheme", "http"), (":authority", "www.test"), (":path", "/")]
                    late = client.h2.get_next_available_stream_id()
                    client.raw(1, 0x4 | 0x1, late, client.h2.encoder.encode(head))
                    self.assertEqual(client.frames_until({0}), [(1, late), (0, late)])  # it was on its way
                    client.raw(6, 0x1, 0, farewell)
                self.assertEqual(client.kinds_until({7}), [7])  # who does not answer has a second
                apply.join()
                gate.set()
                self.assertEqual(client.frames_until({99}), [(1, waiting), (0, waiting)])
                self.assertServed()

    def test_more_fields_than_can_be_sent(self):
        """A client of HTTP/1.1 gets them all; one of HTTP/2 is told that it cannot."""
        fields = "".join(f"X-Field-{number}: {number}\r\n" for number in range(98)).encode()
        peer = http_peers.Backend(http_peers.answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + fields + b"\r\nok"))
        self.addCleanup(peer.end)
        self.service.configure(self.toml.replace(str(self.node_a.port), str(peer.port)).replace(
            'backend = "node"', 'backend = "node"\nresponse_headers = ["X-1: a", "X-2: b", "X-3: c"]'))
        self.service.apply()
        self.assertEqual(self.curl("/node/", "--http1.1").body, b"ok")
        self.assertEqual(self.curl("/node/").status, 502)
        self.assertEqual(self.curl("/").status, 200)

    def test_the_window_of_an_upload_grows(self):
        """While what comes is passed on: who is far away sends no slower for it."""
        client = self.client()
        left = 4_000_000
        stream = client.ask("/node/echo", ("content-length", str(left)), method="POST", ends=False)
        most = 0
        while left > 0:
            window = client.h2.local_flow_control_window(stream)
            most = max(most, window)
            size = min(window, client.h2.max_outbound_frame_size, left)
            if size == 0:
                self.assertTrue(client.receive())
                continue
            left -= size
            client.send(stream, b"u" * size, ends=left == 0)
        status, body = client.answer(stream)
        self.assertEqual((status, json.loads(body)["bytes"]), (200, 4_000_000))
        self.assertGreater(most, 500_000)

    def test_trailers_that_are_too_many(self):
        """One left out might say that all went wrong."""
        trailers = "".join(f"X-{number}: {number}\r\n" for number in range(200)).encode()
        peer = http_peers.Backend(http_peers.answering(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n" + trailers + b"\r\n"))
        self.addCleanup(peer.end)
        self.service.configure(self.toml.replace(str(self.node_a.port), str(peer.port)))
        self.service.apply()
        self.assertEqual(self.curl("/node/", "--http1.1").body, b"ok")
        client = self.client()
        self.assertEqual(client.answer(client.ask("/node/"))[0], 0)
        self.assertServed()

    def test_streams_that_are_refused_while_nothing_is_read(self):
        """The client never says that it knows the limit, and listens to nothing."""
        client = self.client()
        client.raw(4, 0, 0, struct.pack(">HI", 4, 16_000_000))  # INITIAL_WINDOW_SIZE
        client.raw(8, 0, 0, struct.pack(">I", 1_000_000_000))  # WINDOW_UPDATE
        block = client.h2.encoder.encode([(":method", "GET"), (":scheme", "http"), (":authority", "a"), (":path", "/large")])
        for number in range(100):
            client.raw(1, 0x5, 1 + 2 * number, block)
        head = struct.pack(">I", len(block))[1:] + bytes([1, 0x5])
        with self.assertRaises(OSError):  # the server leaves
            for number in range(100, 1_000_000):
                client.socket.sendall(head + struct.pack(">I", 1 + 2 * number) + block)
        mainstay.wait_until(lambda: self.service.ctl("metrics")["process"]["floods"] == 1, "it was enough")
        self.assertServed()

    def test_flood_of_continuations(self):
        client = self.client()
        client.raw(1, 0, 1, client.h2.encoder.encode([(":method", "GET"), (":scheme", "http"), (":path", "/")]))
        try:
            for _ in range(1000):
                client.raw(9, 0, 1, b"")
        except OSError:
            pass
        while client.receive():
            pass
        self.assertTrue(client.is_closed)
        self.assertEqual(self.service.ctl("metrics")["process"]["floods"], 1)
        self.assertServed()

    def test_an_idle_connection_is_ended(self):
        self.configure_listener('idle_timeout = "500ms"')
        client = self.client()
        self.assertEqual(client.answer(client.ask("/")), (200, b"hello"))
        began = time.monotonic()
        self.assertIsNotNone(client.wait(h2.events.ConnectionTerminated))
        self.assertLess(time.monotonic() - began, 3)

    def test_an_answer_before_the_end_of_the_request(self):
        client = self.client()
        stream = client.ask("/", method="POST", ends=False)
        self.assertEqual(client.answer(stream)[0], 405)
        self.assertEqual(client.answer(client.ask("/")), (200, b"hello"))


if __name__ == "__main__":
    mainstay.main()
