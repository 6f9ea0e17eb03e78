# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that speak HTTP/2: one connection for many requests, trailers both ways, and servers that do what they should not."""
import socket
import threading
import time

import h2.errors
import h2.events
import h2.settings

import h2_peers
import http2_client
import http_peers
import mainstay


class TestCase(http_peers.TestCase):
    def h2_backend(self, serve=h2_peers.answering(), settings: dict = {}) -> h2_peers.Backend:
        backend = h2_peers.Backend(serve, settings)
        self.addCleanup(backend.end)
        return backend

    def serve_h2(self, *ports: int, backend: str = "", **options) -> mainstay.Service:
        return self.serve_backend(*ports, backend=f'protocol = "h2c"\nhealth_fall = 100\n{backend}', **options)

    def client(self) -> http2_client.Client:
        client = http2_client.Client(self.port)
        self.addCleanup(client.close)
        return client

    def trailers(self, client: http2_client.Client, stream: int) -> dict:
        return {name: value for event in client.of(h2.events.TrailersReceived, stream) for name, value in event.headers}


class Requests(TestCase):
    def test_what_the_server_sees(self):
        seen = []

        def serve(peer):
            while True:
                seen.append(peer.request())
                peer.answer(seen[-1])

        self.serve_h2(self.h2_backend(serve).port)
        peer = self.connect()
        peer.send("POST /a?b=c HTTP/1.1\r\nHost: www.test\r\nX-Upper: A\r\nConnection: x-mine\r\nX-Mine: 1\r\n"
                  "Content-Length: 5\r\n\r\nhello")
        self.assertEqual(peer.message().body, b"ok\n")
        fields = seen[0].fields
        self.assertEqual([fields.get(name) for name in (":method", ":scheme", ":authority", ":path", "x-upper", "te",
                                                        "content-length", "x-forwarded-for", "x-mine")],
                         ["POST", "http", "www.test", "/a?b=c", "A", "trailers", "5", "127.0.0.1", None])
        self.assertEqual(seen[0].body, b"hello")

    def test_answers_of_every_kind(self):
        def serve(peer):
            while True:
                request = peer.request()
                status = int(request.fields[":path"][1:])
                peer.answer(request, b"" if status in (204, 304) or request.fields[":method"] == "HEAD" else b"body",
                            ("x-a", "b"), status=status)

        self.serve_h2(self.h2_backend(serve).port)
        for status in 200, 204, 304, 404, 503:
            for method in "GET", "HEAD":
                answer = self.get(f"/{status}", method=method)
                self.assertEqual((answer.status, answer.get("x-a")), (status, "b"))
                self.assertEqual(answer.body, b"body" if method == "GET" and status not in (204, 304) else b"")
        client = self.client()
        self.assertEqual(client.answer(client.ask("/404")), (404, b"body"))

    def test_requests_share_a_connection(self):
        barrier = threading.Barrier(20)

        def serve(peer):
            requests = [peer.request() for _ in range(20)]  # all at a time
            for request in reversed(requests):
                peer.answer(request, request.fields[":path"].encode())
            peer.receive()

        backend = self.h2_backend(serve)
        self.serve_h2(backend.port)
        answers = {}

        def ask(number):
            barrier.wait()
            answers[number] = self.get(f"/{number}").body

        threads = [threading.Thread(target=ask, args=[number]) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, {number: b"/%d" % number for number in range(20)})
        self.assertEqual(backend.connections, 1)

    def test_beyond_what_a_server_takes_at_a_time_there_are_more_connections(self):
        gate = threading.Event()

        def serve(peer):
            first, second = peer.request(), peer.request()
            gate.wait(mainstay.PATIENCE)
            peer.answer(first)
            peer.answer(second)
            peer.receive()

        backend = self.h2_backend(serve, {h2.settings.SettingCodes.MAX_CONCURRENT_STREAMS: 2})
        self.serve_h2(backend.port)
        peers = [self.connect() for _ in range(6)]
        for number, peer in enumerate(peers):
            peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            mainstay.wait_until(lambda: backend.connections == number // 2 + 1, "a connection for each two")
        gate.set()
        self.assertEqual([peer.message().status for peer in peers], [200] * 6)

    def test_bodies_of_any_size(self):
        content = bytes(range(256)) * 8000  # far more than any window

        def serve(peer):
            while True:
                request = peer.request()
                peer.h2.send_headers(request.stream, [(":status", "200")])
                left = request.body
                while left:
                    size = min(len(left), peer.h2.local_flow_control_window(request.stream), 16384)
                    if size == 0:
                        peer.flush()
                        peer.receive()
                        continue
                    peer.h2.send_data(request.stream, left[:size])
                    left = left[size:]
                peer.h2.end_stream(request.stream)
                peer.flush()

        self.serve_h2(self.h2_backend(serve).port)
        peer = self.connect()
        peer.send(f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {len(content)}\r\n\r\n", content)
        self.assertEqual(peer.message().body, content)

    def test_a_client_that_takes_nothing_holds_the_server_back(self):
        sent = []

        def serve(peer):
            request = peer.request()
            peer.h2.send_headers(request.stream, [(":status", "200")])
            peer.flush()
            while True:
                size = min(peer.h2.local_flow_control_window(request.stream), 16384)
                if size == 0:
                    peer.receive()
                    continue
                peer.h2.send_data(request.stream, b"x" * size)
                peer.flush()
                sent.append(size)

        self.serve_h2(self.h2_backend(serve).port)
        client = self.client()
        client.ask("/")
        mainstay.wait_until(lambda: sent, "some of it")
        time.sleep(1)
        self.assertLess(sum(sent), 1_000_000)

    SMALL, LARGE = 200_000, 50_000_000  # the one more than a window, the other than lies on the way to a client

    def by_windows(self):
        """A `serve` that answers with LARGE or SMALL content; all at a time, as their windows are opened."""
        def serve(peer):
            left, seen = {}, 0
            while True:
                requests = peer.of(h2.events.RequestReceived)
                for request in requests[seen:]:
                    size = self.LARGE if dict(request.headers)[":path"] == "/large" else self.SMALL
                    peer.h2.send_headers(request.stream_id, [(":status", "200"), ("content-length", str(size))])
                    left[request.stream_id] = size
                seen = len(requests)
                for event in peer.of(h2.events.StreamReset):
                    left.pop(event.stream_id, None)
                for stream in list(left):
                    while count := min(left[stream], peer.h2.local_flow_control_window(stream), 16384):
                        peer.h2.send_data(stream, b"x" * count, end_stream=count == left[stream])
                        left[stream] -= count
                    if not left[stream]:
                        del left[stream]
                peer.flush()
                peer.receive()
        return serve

    def ask_and_read_nothing(self) -> http_peers.Peer:
        """But the head of the answer."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(mainstay.PATIENCE)
        connection.connect(("127.0.0.1", self.port))
        self.addCleanup(connection.close)
        peer = http_peers.Peer(connection)
        peer.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        peer.head()
        return peer

    def test_who_does_not_read_holds_up_nobody_else(self):
        backend = self.h2_backend(self.by_windows())
        self.serve_h2(backend.port)
        slow = [self.ask_and_read_nothing() for _ in range(20)]
        time.sleep(1)  # until there is no more room for any of it
        self.assertEqual(len(self.get().body), self.SMALL)
        # And what they leave unread when they go takes up no window for ever.
        for peer in slow:
            peer.close()
        for _ in range(3):
            self.assertEqual(len(self.get().body), self.SMALL)
        self.assertEqual(backend.connections, 1)

    def test_what_is_left_unread_is_given_back(self):
        """By many who leave one after the other, each with less than a window: in all, as much as there is."""
        self.serve_h2(self.h2_backend(self.by_windows()).port)
        for _ in range(120):
            peer = self.ask_and_read_nothing()
            time.sleep(0.05)
            peer.close()
        self.assertEqual(len(self.get().body), self.SMALL)

    def test_an_answer_that_was_taken_whole_is_not_reset(self):
        resets = []

        def serve(peer):
            while True:
                request = peer.request()
                size = "0" if request.fields[":method"] == "HEAD" else "4"
                peer.h2.send_headers(request.stream, [(":status", "200"), ("content-length", size)])
                if size != "0":
                    peer.h2.send_data(request.stream, b"body")
                peer.flush()
                time.sleep(0.1)
                peer.h2.end_stream(request.stream)
                peer.flush()
                resets.extend(peer.of(h2.events.StreamReset))

        backend = self.h2_backend(serve)
        self.serve_h2(backend.port)
        for _ in range(5):
            self.assertEqual((self.get().body, self.get(method="HEAD").status), (b"body", 200))
        self.assertEqual((resets, backend.connections), ([], 1))

    def test_a_server_that_measures_the_way(self):
        """As gRPC for Go does: with a ping whenever data come, and none is under way."""
        def serve(peer):
            while True:
                peer.answer(peer.request())
                peer.h2.ping(b"measured")
                peer.flush()
                peer.events.clear()

        backend = self.h2_backend(serve)
        self.serve_h2(backend.port)
        client = self.client()
        for _ in range(2500):
            stream = client.ask("/", method="POST", ends=False)
            client.send(stream, b"x", ends=True)
            self.assertEqual(client.answer(stream), (200, b"ok\n"))
            client.events.clear()
        self.assertEqual(len(mainstay.clients_of(backend.port)), 1)

    def test_of_http_1_0_without_a_host(self):
        seen = []

        def serve(peer):
            while True:
                seen.append(peer.request())
                peer.answer(seen[-1])

        backend = self.h2_backend(serve)
        self.serve_h2(backend.port)
        peer = self.connect()
        peer.send("GET / HTTP/1.0\r\n\r\n")
        self.assertEqual(peer.message().status, 200)
        self.assertEqual(seen[0].fields[":authority"], f"127.0.0.1:{backend.port}")

    def test_more_fields_than_there_may_be(self):
        self.serve_h2(self.h2_backend().port)
        peer = self.connect()
        peer.send("GET / HTTP/1.1\r\nHost: a\r\n", "".join(f"X-{number}: 1\r\n" for number in range(99)), "\r\n")
        self.assertEqual(peer.message().status, 431)

    def test_a_response_before_the_end_of_the_request(self):
        def serve(peer):
            request = peer.head()
            peer.h2.send_headers(request.stream, [(":status", "200")])
            for number in range(3):
                while len(peer.of(h2.events.DataReceived, request.stream)) <= number:
                    peer.receive()
                peer.h2.send_data(request.stream, b"%d" % number)
                peer.flush()
            peer.wait(h2.events.StreamEnded, request.stream)
            peer.h2.end_stream(request.stream)
            peer.flush()
            peer.receive()

        self.serve_h2(self.h2_backend(serve).port)
        client = self.client()
        stream = client.ask("/", method="POST", ends=False)
        for number in range(3):
            client.send(stream, b"x")
            while b"".join(event.data for event in client.of(h2.events.DataReceived, stream)) != b"012"[:number + 1]:
                self.assertTrue(client.receive())
        client.send(stream, b"", ends=True)
        self.assertEqual(client.answer(stream), (200, b"012"))

    def test_early_hints(self):
        def serve(peer):
            while True:
                request = peer.request()
                peer.h2.send_headers(request.stream, [(":status", "103"), ("link", "</a.css>; rel=preload")])
                peer.flush()
                time.sleep(0.1)
                peer.answer(request)

        self.serve_h2(self.h2_backend(serve).port)
        client = self.client()
        stream = client.ask("/")
        self.assertEqual(client.answer(stream), (200, b"ok\n"))
        hints = client.of(h2.events.InformationalResponseReceived, stream)
        self.assertEqual(dict(hints[0].headers)["link"], "</a.css>; rel=preload")
        peer = self.connect()
        peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertEqual((peer.message().status, peer.message().status), (103, 200))


class Trailers(TestCase):
    TRAILERS = [("grpc-status", "0"), ("x-sum", "1"), ("server", "no"), ("mainstay-token", "no")]
    PASSED = {"grpc-status": "0", "x-sum": "1"}

    def test_of_http2_to_both_kinds_of_clients(self):
        self.serve_h2(self.h2_backend(h2_peers.answering(b"body", trailers=self.TRAILERS)).port)
        client = self.client()
        stream = client.ask("/")
        self.assertEqual(client.answer(stream), (200, b"body"))
        self.assertEqual(self.trailers(client, stream), self.PASSED)
        for asks, trailers in ("TE: trailers\r\nConnection: TE\r\n", b"grpc-status: 0\r\nx-sum: 1\r\n"), ("", b""):
            peer = self.connect()
            peer.send(f"GET / HTTP/1.1\r\nHost: a\r\n{asks}\r\n")
            peer.head()
            self.assertEqual(peer.exactly(13 + len(trailers) + 1), b"4\r\nbody\r\n0\r\n" + trailers + b"\r\n")

    def test_of_chunks_to_a_client_of_http2(self):
        backend = self.backend(http_peers.answering(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\nX-Sum: 1\r\nContent-Length: 9\r\n\r\n"))
        self.serve_backend(backend.port)
        client = self.client()
        stream = client.ask("/", ("te", "trailers"))
        self.assertEqual(client.answer(stream), (200, b"body"))
        self.assertEqual(self.trailers(client, stream), {"x-sum": "1"})
        self.assertIn(b"TE: trailers\r\n", backend.received[-1])

    def test_without_content(self):
        self.serve_h2(self.h2_backend(h2_peers.answering(b"", ("grpc-status", "5"))).port)
        client = self.client()
        stream = client.ask("/")
        self.assertEqual(client.answer(stream), (200, b""))
        self.assertEqual(client.of(h2.events.DataReceived, stream), [])  # the head has ended the stream

    def test_of_requests(self):
        seen = []

        def serve(peer):
            while True:
                seen.append(peer.request())
                peer.answer(seen[-1])

        self.serve_h2(self.h2_backend(serve).port)
        peer = self.connect()
        peer.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                  "4\r\nbody\r\n0\r\nX-Sum: 1\r\nX-Forwarded-For: 6.6.6.6\r\nX_Real_IP: 6.6.6.6\r\n\r\n")
        self.assertEqual(peer.message().status, 200)
        client = self.client()
        stream = client.ask("/", method="POST", ends=False)
        client.h2.send_data(stream, b"body")
        client.h2.send_headers(stream, [("x-sum", "1"), ("cookie", "no")], end_stream=True)
        client.flush()
        self.assertEqual(client.answer(stream), (200, b"ok\n"))
        self.assertEqual([(request.body, request.trailers) for request in seen], [(b"body", {"x-sum": "1"})] * 2)


class Faults(TestCase):
    def test_refused_streams_are_asked_of_another_server(self):
        def refuse(peer):
            while True:
                request = peer.head()
                peer.h2.reset_stream(request.stream, h2.errors.ErrorCodes.REFUSED_STREAM)
                peer.flush()

        self.serve_h2(self.h2_backend(refuse).port, self.h2_backend().port, backend="retry_budget = 0")
        for _ in range(6):
            self.assertEqual(self.get(method="POST").status, 200)

    def test_a_server_that_goes_away_in_order_loses_nothing(self):
        def serve(peer):
            peer.answer(peer.request())
            request = peer.head()
            peer.h2.close_connection(last_stream_id=request.stream - 2)  # it has not been looked at
            peer.flush()

        backend = self.h2_backend(serve)
        self.serve_h2(backend.port)
        for _ in range(6):
            self.assertEqual(self.get(method="POST").status, 200)
        self.assertGreaterEqual(backend.connections, 3)

    def test_a_connection_that_ends_as_it_is_used(self):
        """Without a word; who may be asked twice is."""
        def serve(peer):
            peer.answer(peer.request())
            peer.request()

        self.serve_h2(self.h2_backend(serve).port)
        for _ in range(6):
            self.assertEqual(self.get().status, 200)

    def test_many_connections_that_end(self):
        """As many as there may be at a time, and more, in less than a second."""
        def serve(peer):
            request = peer.request()
            peer.answer(request)
            peer.h2.close_connection(last_stream_id=request.stream)
            peer.flush()

        self.serve_h2(self.h2_backend(serve).port)
        self.assertEqual([self.get().status for _ in range(80)], [200] * 80)

    def test_answers_that_break_off(self):
        def serve(peer):
            while True:
                request = peer.request()
                kind = request.fields[":path"]
                if kind != "/reset":
                    peer.h2.send_headers(request.stream, [(":status", "200"), ("content-length", "10")])
                    peer.h2.send_data(request.stream, b"part")
                    peer.flush()
                    time.sleep(0.3)
                if kind == "/end":
                    return
                peer.h2.reset_stream(request.stream, h2.errors.ErrorCodes.INTERNAL_ERROR)
                peer.flush()

        service = self.serve_h2(self.h2_backend(serve).port)
        self.assertEqual(self.get("/reset", method="POST").status, 502)
        mainstay.wait_until(lambda: "the stream was reset: INTERNAL_ERROR" in service.output(), "the event")
        for path in "/part", "/end":
            client = self.client()
            stream = client.ask(path)
            self.assertEqual(client.answer(stream), (0, b""))
            peer = self.connect()
            peer.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")
            with self.assertRaises(http_peers.Ended):
                peer.message()

    def test_no_server_and_one_that_speaks_something_else(self):
        self.serve_h2(mainstay.free_port())
        self.assertEqual(self.get().status, 503)
        self.port = mainstay.free_port()
        self.serve_h2(self.backend(http_peers.answering(http_peers.ok())).port)
        self.assertEqual(self.get().status, 502)

    def test_a_silent_server_has_its_time(self):
        self.serve_h2(self.h2_backend(lambda peer: (peer.request(), peer.receive(), peer.receive())).port,
                      backend='response_timeout = "500ms"\nretries = 0')
        self.assertEqual(self.get().status, 504)

    def test_a_client_that_leaves_takes_its_request_back(self):
        left = threading.Event()

        def serve(peer):
            request = peer.request()
            peer.h2.send_headers(request.stream, [(":status", "200")])
            peer.flush()
            peer.wait(h2.events.StreamReset, request.stream)
            left.set()

        self.serve_h2(self.h2_backend(serve).port)
        client = self.client()
        stream = client.ask("/")
        client.wait(h2.events.ResponseReceived, stream)
        client.h2.reset_stream(stream, h2.errors.ErrorCodes.CANCEL)
        client.flush()
        self.assertTrue(left.wait(mainstay.PATIENCE))

    def test_floods_and_bombs_end_the_connection_alone(self):
        def serve(peer):
            while True:
                request = peer.request()
                kind = request.fields[":path"]
                if kind == "/pings":
                    for _ in range(3000):
                        peer.h2.ping(b"12345678")
                    peer.flush()
                    peer.receive()
                elif kind == "/fields":
                    peer.answer(request, b"ok\n", *[(f"x-{i}", "v" * 1000) for i in range(60)])
                elif kind == "/hints":
                    for _ in range(3000):
                        peer.h2.send_headers(request.stream, [(":status", "103"), ("x", "v" * 1000)])
                    peer.answer(request)
                else:
                    peer.answer(request)

        self.serve_h2(self.h2_backend(serve).port, backend="retries = 0")
        for path in "/pings", "/fields":
            self.assertEqual(self.get(path, method="POST").status, 502, path)
            self.assertEqual(self.get("/").status, 200)
        client = self.client()
        self.assertEqual(client.answer(client.ask("/hints"))[0], 502)
        self.assertEqual(self.get("/").status, 200)


class Health(TestCase):
    def test_a_path_is_asked_for(self):
        def serve(peer):
            while True:
                request = peer.request()
                peer.answer(request, b"", status=503 if request.fields[":path"] == "/health" else 200)

        service = self.serve_backend(self.h2_backend(serve).port, backend='protocol = "h2c"\nhealth_path = "/health"\n')
        mainstay.wait_until(lambda: "status 503" in service.server("app/s0").get("last_check_reason", ""), "the probe")


if __name__ == "__main__":
    mainstay.main()
