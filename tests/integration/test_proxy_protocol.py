# SPDX-License-Identifier: GPL-3.0-or-later
"""The PROXY protocol: from trusted proxies, HAProxy and curl among them, and to servers, nginx among them."""
import contextlib
import socket
import ssl
import struct
import subprocess
import tempfile
import time

import http2_client
import http_peers
import mainstay
from http_peers import Peer, ok

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
CLIENT = "192.0.2.7"
V1 = f"PROXY TCP4 {CLIENT} 203.0.113.9 54321 443\r\n".encode()


def v2(source: str = CLIENT, destination: str = "203.0.113.9", ports=(54321, 443), more: bytes = b"", command: int = 0x21) -> bytes:
    family, kind = (socket.AF_INET6, 0x21) if ":" in source else (socket.AF_INET, 0x11)
    block = socket.inet_pton(family, source) + socket.inet_pton(family, destination) + struct.pack(">HH", *ports) + more
    return SIGNATURE + bytes([command, kind]) + struct.pack(">H", len(block)) + block


LOCAL = SIGNATURE + b"\x20\0\0\0"


class TestCase(http_peers.TestCase):
    def serve_client(self, listener: str = 'proxy_protocol = ["127.0.0.0/31"]', site: str = "", more: str = ""):
        """A site that says who its client is. Connections from 127.0.0.1 begin with a header, those from 127.0.0.2 do not."""
        self.tls = mainstay.free_port()
        self.service = self.serve(f"""
            [service]
            workers = 1
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            {listener}
            [listener.tls]
            address = ["127.0.0.1:{self.tls}"]
            protocol = "https"
            default_certificate = "local"
            {listener}
            [certificate.local]
            source = "local"
            names = ["www.test"]
            [site.all]
            hosts = ["*"]
            {site}
            [[site.all.route]]
            path = "/"
            respond = "{{client}}"
            {more}
            """)

    def open(self, port: int = 0) -> socket.socket:
        connection = mainstay.connect(port or self.port)
        self.addCleanup(connection.close)
        return connection

    def said(self, header: bytes, request: bytes = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") -> str:
        """Who the client is, as the service has it, or the status of another answer."""
        peer = Peer(self.open())
        peer.send(header + request)
        answer = peer.message()
        return answer.body.decode() if answer.status == 200 else str(answer.status)

    def is_closed(self, header: bytes, then=lambda connection: None) -> bool:
        """Whether the connection is closed without an answer."""
        connection = self.open()
        connection.sendall(header)
        then(connection)
        try:
            return connection.recv(1000) == b""
        except ConnectionResetError:
            return True

    def unannounced(self) -> int:
        return self.service.ctl("metrics")["process"]["unannounced"]

    def log(self, lines: int) -> list:
        path = self.service.state / "log/access.log"
        return mainstay.wait_until(lambda: path.exists() and len(found := path.read_text().splitlines()) >= lines and found,
                                   f"{lines} lines in the access log")


class FromProxies(TestCase):
    def test_who_the_client_is(self):
        self.serve_client()
        for header, client in ((V1, CLIENT), (v2(), CLIENT), (v2("2001:db8::1", "::1"), "2001:db8::1"),
                               (b"PROXY TCP6 2001:db8::2 ::1 1 2\r\n", "2001:db8::2"), (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
                               (LOCAL, "127.0.0.1"), (SIGNATURE + b"\x21\0\0\0", "127.0.0.1"), (v2(command=0x20), "127.0.0.1"),
                               (v2(more=b"\x02\0\x03abc\xee\0\0"), CLIENT)):
            with self.subTest(header):
                self.assertEqual(self.said(header), client)
        self.assertEqual([line.split()[0] for line in self.log(9)], [CLIENT] * 2 + ["2001:db8::1", "2001:db8::2"]
                         + ["127.0.0.1"] * 4 + [CLIENT])

    def test_byte_by_byte(self):
        self.serve_client()
        for header in V1, v2(), LOCAL:
            with self.subTest(header):
                connection = self.open()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for byte in header:
                    connection.sendall(bytes([byte]))
                    time.sleep(0.001)
                peer = Peer(connection)
                for _ in range(2):  # the connection goes on as any other
                    peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                    self.assertEqual(peer.message().body.decode(), "127.0.0.1" if header == LOCAL else CLIENT)

    def test_before_tls_and_http2(self):
        self.serve_client()
        trust = ssl.create_default_context(cafile=self.service.state / "ca/ca.pem")
        for header in V1, v2():
            with self.subTest(header):
                connection = self.open(self.tls)
                connection.sendall(header)
                with trust.wrap_socket(connection, server_hostname="www.test") as wrapped:
                    peer = Peer(wrapped)
                    peer.send("GET / HTTP/1.1\r\nHost: www.test\r\n\r\n")
                    self.assertEqual(peer.message().body.decode(), CLIENT)
                client = http2_client.Client(self.port, first=header)
                self.addCleanup(client.close)
                self.assertEqual(client.answer(client.ask()), (200, CLIENT.encode()))
        # The header together with all that the client says first.
        self.assertEqual(self.said(V1, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), CLIENT)

    def test_from_others_it_is_no_header(self):
        self.serve_client()
        url = f"http://127.0.0.1:{self.port}/"
        self.assertEqual(mainstay.curl(url, "--interface", "127.0.0.2").body, b"127.0.0.2")
        self.assertEqual(mainstay.curl(url, "--interface", "127.0.0.2", "--haproxy-protocol").status, 400)
        self.assertEqual(mainstay.curl(url, "--haproxy-protocol").body, b"127.0.0.1")
        self.assertEqual(self.unannounced(), 0)

    def test_what_is_wrong_closes_the_connection(self):
        self.serve_client(listener='proxy_protocol = ["127.0.0.1"]\nhead_timeout = "500ms"')
        wrong = (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", V1.replace(b"443", b"65536"), V1.replace(b"\r\n", b" \r\n"),
                 b"PROXY " + b"x" * 200, v2(command=0x22), v2(more=b"\x02\xff\xff"), v2(more=b"\x03\0\x04abcd"),
                 SIGNATURE + b"\x21\x11\xff\xff" + b"x" * 5000, b"\x16\x03\x01\x02\x00\x01")
        for header in wrong:
            with self.subTest(header):
                self.assertTrue(self.is_closed(header))
        # Late, and cut short.
        self.assertTrue(self.is_closed(V1[:-1]))
        self.assertTrue(self.is_closed(b""))
        self.assertTrue(self.is_closed(V1[:20], lambda connection: connection.shutdown(socket.SHUT_WR)))
        mainstay.wait_until(lambda: self.unannounced() == len(wrong) + 3, "all of them are counted")
        self.assertEqual(self.said(V1), CLIENT)
        self.assertEqual(self.service.ctl("metrics")["process"]["unrouted"], 0)

    def test_limits_are_those_of_the_client(self):
        self.serve_client(listener='proxy_protocol = ["127.0.0.1"]\nclient_connections = 2',
                          site='deny = ["198.51.100.0/24"]')
        self.assertEqual([self.said(v2("198.51.100.1")), self.said(v2("198.51.101.1"))], ["403", "198.51.101.1"])
        open_by_one = [self.open() for _ in range(2)]
        for connection in open_by_one:
            connection.sendall(v2("192.0.2.1") + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertIn(b"192.0.2.1", connection.recv(1000))
        self.assertTrue(self.is_closed(v2("192.0.2.1") + b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
        # Neither another client of the same proxy nor the proxy itself is meant.
        self.assertEqual([self.said(v2("192.0.2.2")), self.said(LOCAL)], ["192.0.2.2", "127.0.0.1"])

    def test_a_proxy_behind_it(self):
        self.serve_client(listener=f'proxy_protocol = ["127.0.0.1"]\ntrusted_proxies = ["{CLIENT}"]')
        request = b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.5\r\n\r\n"
        self.assertEqual([self.said(V1, request), self.said(LOCAL, request)], ["198.51.100.5", "127.0.0.1"])

    def test_those_that_wait_end_with_the_service_and_their_listener(self):
        self.serve_client()
        waiting = [self.open() for _ in range(3)]
        waiting[0].sendall(V1[:10])
        waiting[1].sendall(V1)
        handles = self.service.handles()
        self.assertEqual(self.said(V1), CLIENT)
        self.assertGreaterEqual(handles, 3)
        begun = time.monotonic()
        self.assertEqual(self.service.stop(), 0)
        self.assertLess(time.monotonic() - begun, 8)  # none was waited for until its time was over
        for connection in waiting:
            with contextlib.suppress(ConnectionResetError):
                self.assertEqual(connection.recv(1000), b"")

    def test_many_that_say_nothing_bother_nobody(self):
        self.serve_client(listener='proxy_protocol = ["127.0.0.1"]\nhead_timeout = "2s"\nmax_connections = 300')
        silent = [self.open() for _ in range(200)]
        self.assertEqual(self.said(V1), CLIENT)
        mainstay.wait_until(lambda: self.service.ctl("metrics")["process"]["open_connections"] <= 1, "they are closed")
        self.assertEqual(self.unannounced(), len(silent))

    def test_haproxy(self):
        one, two = mainstay.free_port(), mainstay.free_port()
        self.serve_client()
        with tempfile.NamedTemporaryFile("w", suffix=".cfg") as config:
            # The server is checked with a header too, which is LOCAL in version 2.
            config.write(f"""
                defaults
                    mode tcp
                    timeout connect 5s
                    timeout client 10s
                    timeout server 10s
                listen one
                    bind 127.0.0.1:{one}
                    server a 127.0.0.1:{self.port} send-proxy check-send-proxy check inter 200
                listen two
                    bind 127.0.0.1:{two}
                    server a 127.0.0.1:{self.port} send-proxy-v2 proxy-v2-options crc32c check-send-proxy check inter 200
""")  # HAProxy wants the last line to end
            config.flush()
            haproxy = mainstay.start(["haproxy", "-db", "-q", "-f", config.name], stderr=subprocess.DEVNULL)
            self.addCleanup(haproxy.wait)
            self.addCleanup(haproxy.kill)
            for port in one, two:
                reply = mainstay.wait_until(lambda: (got := mainstay.curl(f"http://127.0.0.1:{port}/", "--interface", "127.0.0.9"))
                                            and got.status == 200 and got, "HAProxy passes on")
                self.assertEqual(reply.body, b"127.0.0.9")


def answer_all(peer: Peer):
    """A server that says ok to every request, whatever comes before it."""
    while True:
        peer.until(b" HTTP/1.1\r\n")
        peer.message()  # the rest of it
        peer.send(ok())


class ToServers(TestCase):
    def setUp(self):
        super().setUp()
        self.asked = 0

    def announced(self, header: bytes = b"", request: bytes = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n") -> bytes:
        """What a server gets before a request that comes behind this header."""
        self.asked += 1
        line = f"GET /{self.asked} ".encode()
        peer = Peer(self.open())
        peer.send(header + request.replace(b"GET / ", line))
        self.assertEqual(peer.message().status, 200)
        peer.close()
        return next(received for received in self.server.received if line in received).split(line)[0]

    def serve_server(self, version: str, backend: str = "", listener: str = "", route: str = "", interval: str = "1h"):
        self.server = self.backend(answer_all)
        self.service = self.serve(f"""
            [service]
            workers = 1
            [listener.web]
            address = ["127.0.0.1:{self.port}"]
            proxy_protocol = ["127.0.0.1"]
            {listener}
            [site.all]
            hosts = ["*"]
            [[site.all.route]]
            path = "/"
            backend = "app"
            {route}
            [backend.app]
            proxy_protocol = "{version}"
            health_interval = "{interval}"
            {backend}
            [backend.app.server.a]
            address = "127.0.0.1:{self.server.port}"
            """)

    def test_version_1(self):
        self.serve_server("v1")
        self.assertEqual(self.announced(V1), V1)
        self.assertEqual(self.announced(v2("2001:db8::1", "::1")), b"PROXY TCP6 2001:db8::1 ::1 54321 443\r\n")
        # The proxy's own: it is the client then, and has connected to us.
        words = self.announced(LOCAL).split()
        self.assertEqual(words[:4] + words[5:], [b"PROXY", b"TCP4", b"127.0.0.1", b"127.0.0.1", str(self.port).encode()])

    def test_version_2(self):
        self.serve_server("v2")
        self.assertEqual(self.announced(V1), v2())
        self.assertEqual(self.announced(v2("2001:db8::1", "::1")), v2("2001:db8::1", "::1"))
        self.assertEqual(self.announced(LOCAL)[:20], SIGNATURE + b"\x21\x11\0\x0c" + bytes([127, 0, 0, 1]))

    def test_who_a_trusted_proxy_speaks_for(self):
        self.serve_server("v1", listener=f'trusted_proxies = ["{CLIENT}"]')
        request = b"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.5\r\n\r\n"
        self.assertEqual(self.announced(V1, request), b"PROXY TCP4 198.51.100.5 203.0.113.9 0 443\r\n")

    def test_no_connection_is_for_two(self):
        self.serve_server("v1")
        for client in "192.0.2.1", "192.0.2.2":
            peer = Peer(self.open())
            peer.send(v2(client))
            for _ in range(2):
                peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                self.assertEqual(peer.message().status, 200)
            peer.close()
        starts = [received.split()[2] for received in self.server.received if b"GET" in received]
        self.assertEqual(starts, [b"192.0.2.1"] * 2 + [b"192.0.2.2"] * 2)
        # Nor one from before the setting.
        toml = (self.service.config / "mainstay.toml").read_text()
        self.service.configure(toml.replace('"v1"', '"off"', 1))
        self.service.apply()
        self.assertEqual([self.announced(V1), self.said(V1)], [b"", "ok\n"])
        self.service.configure(toml)
        self.service.apply()
        self.assertEqual(self.announced(V1), V1)

    def test_http2_and_large_bodies(self):
        self.serve_server("v2", backend='response_timeout = "10s"')
        client = http2_client.Client(self.port, first=V1)
        self.addCleanup(client.close)
        self.assertEqual(client.answer(client.ask()), (200, b"ok\n"))
        peer = Peer(self.open())
        peer.send(V1 + b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300000)
        self.assertEqual(peer.message().status, 200)
        asked = [received for received in self.server.received if b" / HTTP" in received]
        self.assertEqual([received[:28] for received in asked], [v2()] * 2)
        self.assertTrue(asked[1].endswith(b"x" * 300000))

    def test_checks_are_for_nobody(self):
        for version, expected in ("v1", b"PROXY UNKNOWN\r\n"), ("v2", LOCAL):
            with self.subTest(version):
                self.port = mainstay.free_port()
                self.serve_server(version, backend='health_path = "/well"', interval="100ms")
                mainstay.wait_until(lambda: len(self.server.received) >= 2, "the server is checked")
                self.assertEqual(self.service.server("app/a")["health"], "up")
                self.assertTrue(all(received.startswith(expected + b"GET /well ") for received in self.server.received))

    def test_an_authority_is_told_too(self):
        asked = self.backend(answer_all)
        self.serve_server("v1", route='auth_backend = "sso"', backend=f"""
            [backend.sso]
            proxy_protocol = "v1"
            health_interval = "1h"
            [backend.sso.server.a]
            address = "127.0.0.1:{asked.port}"
            """)
        self.assertEqual(self.announced(V1), V1)
        self.assertIn(V1, [received[:len(V1)] for received in asked.received])

    def test_nginx(self):
        server, folder = mainstay.free_port(), tempfile.mkdtemp(prefix="mainstay-nginx-")
        self.addCleanup(lambda: subprocess.run(["rm", "-rf", folder]))
        with open(f"{folder}/nginx.conf", "w") as config:
            config.write(f"""
                daemon off; pid {folder}/pid; error_log /dev/null; worker_processes 1;
                events {{ worker_connections 64; }}
                http {{
                    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
                    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
                    server {{
                        listen 127.0.0.1:{server} proxy_protocol;
                        location / {{ return 200 "$proxy_protocol_addr:$proxy_protocol_port"; }}
                    }}
                }}
                """)
        nginx = mainstay.start(["nginx", "-p", folder, "-e", "/dev/null", "-c", f"{folder}/nginx.conf"], stderr=subprocess.DEVNULL)
        self.addCleanup(nginx.wait)
        self.addCleanup(nginx.terminate)
        for version in "v1", "v2":
            with self.subTest(version):
                self.port = mainstay.free_port()
                self.serve(f"""
                    [listener.web]
                    address = ["127.0.0.1:{self.port}"]
                    proxy_protocol = ["127.0.0.1"]
                    [site.all]
                    hosts = ["*"]
                    [[site.all.route]]
                    path = "/"
                    backend = "app"
                    [backend.app]
                    proxy_protocol = "{version}"
                    health_path = "/"
                    health_interval = "100ms"
                    [backend.app.server.a]
                    address = "127.0.0.1:{server}"
                    """)
                mainstay.wait_until(lambda: self.said(V1) == f"{CLIENT}:54321", "nginx is told")


if __name__ == "__main__":
    mainstay.main()
